package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A message, in both directions, is one line of JSON and then the bytes that the line announces in "blobs", one
// after the other. Raw bytes rather than base64: a trace may be large, and it is copied, never held. The client
// sends one request and reads answers until "finished", "done" or "failed"; meanwhile it may send only "cancel".

// maxHeader bounds one line of JSON, maxBlobs the bytes of one request: the client splits larger puts.
const (
	maxHeader = 16 << 20
	maxBlobs  = 64 << 20
)

// request is what the client asks: "hello", "put", "execute", "batch" or "cancel".
type request struct {
	Op     string            `json:"op"`
	Paths  []string          `json:"paths"`
	Blobs  []int64           `json:"blobs"`
	Argv   []string          `json:"argv"`
	Env    map[string]string `json:"env"`
	Cwd    string            `json:"cwd"`
	Jobs   []string          `json:"jobs"`
	Limits limits            `json:"limits"`

	blobs [][]byte
}

// limits are in seconds and bytes.
type limits struct {
	Wall      float64 `json:"wall"`
	CPU       float64 `json:"cpu"`
	Memory    int64   `json:"memory"`
	Processes int64   `json:"processes"`
	Output    int64   `json:"output"`
	Trace     int64   `json:"trace"`
	Disk      int64   `json:"disk"`
}

func (l limits) wall() time.Duration { return time.Duration(l.Wall * float64(time.Second)) }
func (l limits) cpu() time.Duration  { return time.Duration(l.CPU * float64(time.Second)) }

// ending is how a process ended. Kind is "exited" (Status), "signaled" (Signal), "timeout" (Clock, Seconds),
// "memory" (Limit) or "output" (Stream, Limit).
type ending struct {
	Kind    string  `json:"kind"`
	Status  int     `json:"status"`
	Signal  int     `json:"signal"`
	Clock   string  `json:"clock"`
	Seconds float64 `json:"seconds"`
	Limit   int64   `json:"limit"`
	Stream  string  `json:"stream"`
}

// answer is one message to the client: "ready" (to hello), "finished" (to execute; blobs stdout, stderr), "job" (one
// for each job of a batch; blobs stdout, stderr, trace), "done" (to put and at a batch's end), "failed".
type answer struct {
	Event   string   `json:"event"`
	Job     int      `json:"job"`
	Ending  *ending  `json:"ending,omitempty"`
	Seconds float64  `json:"seconds"`
	Blobs   []int64  `json:"blobs"`
	Message string   `json:"message,omitempty"`
	Holds   []string `json:"holds,omitempty"`
}

// link is the supervisor's end of the conversation.
type link struct {
	in       *bufio.Reader
	out      *bufio.Writer
	requests chan request
	cancel   chan struct{}
	gone     chan struct{}
	leave    sync.Once
}

func newLink(in io.Reader, out io.Writer) *link {
	l := &link{
		in:       bufio.NewReaderSize(in, 1<<16),
		out:      bufio.NewWriterSize(out, 1<<16),
		requests: make(chan request, 1),
		cancel:   make(chan struct{}, 1),
		gone:     make(chan struct{}),
	}
	go l.listen()
	return l
}

// listen reads requests until the client goes away or breaks the protocol, which ends the supervisor alike.
func (l *link) listen() {
	defer l.lost()
	for {
		r, err := l.read()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "supervise: request: "+err.Error())
			return
		}
		if r.Op == "cancel" {
			select {
			case l.cancel <- struct{}{}:
			default:
			}
			continue
		}
		// A cancel that came after its request was answered must not hit the next one.
		select {
		case <-l.cancel:
		default:
		}
		l.requests <- r
	}
}

func (l *link) read() (request, error) {
	var r request
	line, err := readLine(l.in, maxHeader)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, err
	}
	var total int64
	for _, size := range r.Blobs {
		if size < 0 || size > maxBlobs-total {
			return r, fmt.Errorf("more than %d bytes in one message", maxBlobs)
		}
		total += size
		blob := make([]byte, size)
		if _, err := io.ReadFull(l.in, blob); err != nil {
			return r, fmt.Errorf("cut short: %w", err)
		}
		r.blobs = append(r.blobs, blob)
	}
	return r, nil
}

func readLine(in *bufio.Reader, max int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > max {
			return nil, fmt.Errorf("a line of more than %d bytes", max)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// content is a blob to send: exactly size bytes of from, filled up with zeros where from has fewer.
type content struct {
	from io.Reader
	size int64
}

// send sends one answer. A client that no longer reads is a client that has gone: send then never returns.
func (l *link) send(a answer, contents ...content) {
	l.post(a, contents...)
	l.flush()
}

// post is send without hurry: the answer goes with the next flush. On its way out of a container each message passes
// through three processes, so that messages on their own cost more than what they tell of.
func (l *link) post(a answer, contents ...content) {
	a.Blobs = []int64{}
	for _, c := range contents {
		a.Blobs = append(a.Blobs, c.size)
	}
	line, err := json.Marshal(a)
	if err != nil {
		die("answer: " + err.Error())
	}
	l.write(append(line, '\n'))
	for _, c := range contents {
		if n, err := io.CopyN(l.out, c.from, c.size); err != nil {
			zeros := make([]byte, 1<<16)
			for left := c.size - n; left > 0; left -= int64(len(zeros)) {
				if left < int64(len(zeros)) {
					zeros = zeros[:left]
				}
				l.write(zeros)
			}
		}
	}
}

// flush sends what was posted.
func (l *link) flush() {
	if l.out.Flush() != nil {
		l.lost()
		select {}
	}
}

func (l *link) write(b []byte) {
	if _, err := l.out.Write(b); err != nil {
		l.lost()
		select {}
	}
}

// lost notes that the client has gone; serve then ends everything.
func (l *link) lost() { l.leave.Do(func() { close(l.gone) }) }
