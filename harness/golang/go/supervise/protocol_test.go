package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestRequestsAreReadWithTheirBlobs(t *testing.T) {
	in := `{"op":"put","paths":["a","b"],"blobs":[2,0]}` + "\nxy" + `{"op":"hello","blobs":[]}` + "\n"
	l := newLink(strings.NewReader(in), io.Discard)
	first, second := <-l.requests, <-l.requests
	if first.Op != "put" || len(first.blobs) != 2 || string(first.blobs[0]) != "xy" || len(first.blobs[1]) != 0 {
		t.Errorf("first request: %+v", first)
	}
	if second.Op != "hello" {
		t.Errorf("second request: %+v", second)
	}
	<-l.gone
}

func TestWhatIsNoRequestEndsTheConversation(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":        "",
		"no JSON":        "hello\n",
		"cut header":     `{"op":"hello"`,
		"cut blob":       `{"op":"put","paths":["a"],"blobs":[3]}` + "\nxy",
		"negative size":  `{"op":"put","paths":["a"],"blobs":[-1]}` + "\n",
		"too large":      `{"op":"put","paths":["a"],"blobs":[67108865]}` + "\n",
		"sum too large":  `{"op":"put","paths":["a","b"],"blobs":[67108864,1]}` + "\n" + strings.Repeat("x", maxBlobs),
		"overflowing":    `{"op":"put","blobs":[9223372036854775807,9223372036854775807]}` + "\n",
		"endless header": strings.Repeat("x", maxHeader+1),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLink(strings.NewReader(in), io.Discard)
			<-l.gone
			if len(l.requests) != 0 {
				t.Error("it was taken for a request")
			}
		})
	}
}

func TestAFileThatShrinksIsFilledUp(t *testing.T) {
	var out bytes.Buffer
	l := newLink(strings.NewReader(""), &out)
	l.send(answer{Event: "job"}, content{strings.NewReader("abc"), 5}, content{strings.NewReader("defgh"), 2})
	header, blobs, _ := strings.Cut(out.String(), "\n")
	if !strings.Contains(header, `"blobs":[5,2]`) || blobs != "abc\x00\x00de" {
		t.Errorf("header %s, blobs %q", header, blobs)
	}
}
