package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// gathered takes what a process writes to one pipe, up to a limit.
type gathered struct {
	stream string
	limit  int64
	text   bytes.Buffer
}

// gather reads until the pipe's last writer is gone. What is over the limit is reported once and thrown away.
func (g *gathered) gather(from io.Reader, over chan<- string) {
	n, _ := io.Copy(&g.text, io.LimitReader(from, g.limit))
	if n < g.limit {
		return
	}
	if extra, _ := io.Copy(io.Discard, io.LimitReader(from, 1)); extra == 0 {
		return
	}
	over <- g.stream
	io.Copy(io.Discard, from)
}

// execute runs one trusted command to its end and answers "finished".
func (s *server) execute(r request) error {
	out := &gathered{stream: "stdout", limit: r.Limits.Output}
	err := &gathered{stream: "stderr", limit: r.Limits.Output}
	over := make(chan string, 2)
	var readers sync.WaitGroup
	files := []*os.File{nil}
	for _, g := range []*gathered{out, err} {
		from, to, e := os.Pipe()
		if e != nil {
			return e
		}
		defer from.Close()
		defer to.Close()
		files = append(files, to)
		readers.Add(1)
		go func(g *gathered) {
			defer readers.Done()
			g.gather(from, over)
		}(g)
	}
	cwd, e := s.inside(r.Cwd)
	if e != nil {
		return e
	}
	w := s.tree.watch(r.Limits)
	p, e := s.tree.start(spec{files: files, stage: staged{
		Argv: r.Argv, Env: r.Env, Cwd: cwd, OOMScore: 500,
		CPU: r.Limits.cpuLimit(1), FileSize: r.Limits.fileLimit(),
	}})
	files[1].Close()
	files[2].Close()
	if e != nil {
		return e
	}
	how, e := s.await(p, w, over)
	seconds := time.Since(p.started).Seconds()
	if e != nil {
		return e
	}
	readers.Wait()
	// A command may end by itself before anybody sees that its output was cut.
	select {
	case stream := <-over:
		how = ending{Kind: "output", Stream: stream, Limit: r.Limits.Output}
	default:
	}
	s.link.send(answer{Event: "finished", Ending: &how, Seconds: seconds},
		content{&out.text, int64(out.text.Len())}, content{&err.text, int64(err.text.Len())})
	return nil
}

// await waits for a command's end or for the limit that it breaks, and leaves no process behind.
func (s *server) await(p *process, w *watch, over <-chan string) (ending, error) {
	wall := time.NewTimer(w.limits.wall())
	defer wall.Stop()
	samples := time.NewTicker(sampleEvery)
	defer samples.Stop()
	for {
		var stopped *ending
		select {
		case e := <-p.exit:
			err := s.tree.killAll()
			return w.judge(e, time.Duration(w.limits.cpuLimit(1))*time.Second), err
		case stream := <-over:
			stopped = &ending{Kind: "output", Stream: stream, Limit: w.limits.Output}
		case <-samples.C:
			stopped = w.exceeded()
		case <-wall.C:
			stopped = &ending{Kind: "timeout", Clock: "wall", Seconds: w.limits.Wall}
		case <-s.link.cancel:
			stopped = &ending{Kind: "timeout", Clock: "wall", Seconds: time.Since(p.started).Seconds()}
		}
		if stopped != nil {
			return *stopped, s.tree.killAll()
		}
	}
}

// inside resolves a path below the work directory.
func (s *server) inside(path string) (string, error) {
	clean := filepath.Clean(path)
	if filepath.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		return "", fmt.Errorf("%s is not below the work directory", path)
	}
	return filepath.Join(s.config.Work, clean), nil
}

// put writes the request's files below the work directory and answers "done". Programs can be run.
func (s *server) put(r request) error {
	for i, path := range r.Paths {
		full, err := s.inside(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		// A new file rather than the old one's bytes: a program that runs from the old one keeps it.
		if err := os.Remove(full); err != nil && !os.IsNotExist(err) {
			return err
		}
		mode := os.FileMode(0o644)
		if bytes.HasPrefix(r.blobs[i], []byte("\x7fELF")) {
			mode = 0o755
		}
		if err := os.WriteFile(full, r.blobs[i], mode); err != nil {
			return err
		}
	}
	s.link.send(answer{Event: "done"})
	return nil
}
