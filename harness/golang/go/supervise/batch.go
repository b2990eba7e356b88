package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A batch binary runs many jobs in one process. It is started as
//
//	ARGV... DIR N:JOB N:JOB ...
//
// and for each job in turn opens DIR/N.stdout, DIR/N.stderr and DIR/N.trace, puts them on descriptors 1, 2 and 3, and
// writes "begin N", later "end N", each on a line of its own, to descriptor 4; "fail TEXT" says that the binary is at
// fault. When the process ends while job N is active, that ending is job N's; the binary is started again for the rest.
// A start that brings no job to an end is a failure.

// idlePatience is how long a binary may take between jobs, or to exit when it has no more.
const idlePatience = 10 * time.Second

// mark is one line from descriptor 4 with the time at which it came.
type mark struct {
	what string
	rest string
	job  int
	at   time.Time
}

// batch is the state of one request. Jobs before next have ended; active is -1 or equal to next.
type batch struct {
	server *server
	req    request
	dir    string
	watch  *watch
	next   int
	active int
	since  time.Time
	// stained: a job of this process has left processes or a full disk behind. What its later jobs do counts for nothing;
	// they run again in another process.
	stained bool
}

var errCancelled = errors.New("cancelled")

// runBatch runs all jobs and answers "job" for each, then "done".
func (s *server) runBatch(r request) error {
	b := &batch{server: s, req: r, dir: filepath.Join(s.config.Scratch, "batch"), watch: s.tree.watch(r.Limits)}
	for b.next < len(r.Jobs) {
		if err := b.run(); err == errCancelled {
			break
		} else if err != nil {
			return err
		}
	}
	if err := emptyDirectory(s.config.Scratch); err != nil {
		return err
	}
	s.link.send(answer{Event: "done"})
	return nil
}

// run starts the binary once and stays with it to its end.
func (b *batch) run() error {
	marks, p, complaints, err := b.start()
	if err != nil {
		return err
	}
	defer complaints.Close()
	first := b.next
	b.active, b.since, b.stained = -1, p.started, false
	b.watch.restart()
	ended, stopped, err := b.attend(p, marks)
	accused, until := b.active, time.Now()
	if kill := b.server.tree.killAll(); kill != nil {
		return kill
	}
	if err != nil {
		return err
	}
	// Nobody is left who could write, so the marks come to an end.
	for m := range marks {
		if err := b.note(m); err != nil {
			return err
		}
	}
	how := b.ending(ended, stopped)
	// A job that began only after we had stopped the process for another reason is not to blame: it runs again.
	if b.active >= 0 && !b.stained && (stopped == nil || b.active == accused) {
		b.finish(how, until.Sub(b.since))
	}
	if b.next == first {
		return fmt.Errorf("the batch binary ended (%s) before it began a job: %s", how.words(), quoteHead(complaints))
	}
	return nil
}

func (b *batch) ending(ended *exit, stopped *ending) ending {
	if stopped != nil {
		b.watch.forget()
		return *stopped
	}
	return b.watch.judge(*ended, time.Duration(b.cpuLimit())*time.Second)
}

func (b *batch) cpuLimit() uint64 { return b.req.Limits.cpuLimit(len(b.req.Jobs)) }

// start makes the scratch directory anew and starts the binary on the jobs that are left.
func (b *batch) start() (<-chan mark, *process, *os.File, error) {
	c := b.server.config
	if err := emptyDirectory(c.Scratch); err != nil {
		return nil, nil, nil, err
	}
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		return nil, nil, nil, err
	}
	if c.Drop != 0 {
		if err := os.Chown(b.dir, c.Drop, c.Drop); err != nil {
			return nil, nil, nil, err
		}
	}
	from, to, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	defer to.Close()
	// What the binary says before it begins a job is for us. Its file has no name that others could reach.
	complaints, err := unnamedFile(b.dir)
	if err != nil {
		from.Close()
		return nil, nil, nil, err
	}
	argv := append(append([]string{}, b.req.Argv...), b.dir)
	for n := b.next; n < len(b.req.Jobs); n++ {
		argv = append(argv, strconv.Itoa(n)+":"+b.req.Jobs[n])
	}
	env := map[string]string{"HOME": b.dir, "TMPDIR": b.dir}
	for name, value := range b.req.Env {
		env[name] = value
	}
	stage := staged{
		Argv: argv, Env: env, Cwd: b.dir, OOMScore: 1000, UID: c.Drop,
		CPU: b.cpuLimit(), FileSize: b.req.Limits.fileLimit(),
		Procs: b.server.processLimit(b.req.Limits.Processes),
	}
	if c.Rlimits {
		// Only a guard behind the samples, and above them: a Go heap reserves more than it uses.
		stage.Data = 2*uint64(b.req.Limits.Memory) + 512<<20
	}
	if len(c.Readable) > 0 {
		stage.Readable, stage.Writable = c.Readable, []string{c.Scratch, "/dev/null"}
	}
	p, err := b.server.tree.start(spec{stage: stage, files: []*os.File{nil, complaints, complaints, nil, to}})
	if err != nil {
		from.Close()
		complaints.Close()
		return nil, nil, nil, err
	}
	marks := make(chan mark, 64)
	go readMarks(from, marks)
	return marks, p, complaints, nil
}

func readMarks(from *os.File, marks chan<- mark) {
	defer close(marks)
	defer from.Close()
	lines := bufio.NewReaderSize(from, 256)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
		what, number, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		job, bad := strconv.Atoi(number)
		if bad != nil {
			job = -1
		}
		marks <- mark{what, number, job, time.Now()}
	}
}

// attend follows one process until it ends or must be stopped.
func (b *batch) attend(p *process, marks <-chan mark) (*exit, *ending, error) {
	samples := time.NewTicker(sampleEvery)
	defer samples.Stop()
	for {
		select {
		case e := <-p.exit:
			for len(marks) > 0 {
				if err := b.note(<-marks); err != nil {
					return nil, nil, err
				}
			}
			return &e, nil, nil
		case m, ok := <-marks:
			if !ok {
				marks = nil // descriptor 4 is closed; the process's end tells the rest
				continue
			}
			if err := b.note(m); err != nil {
				return nil, nil, err
			}
			if b.next == len(b.req.Jobs) || b.stained {
				return nil, &ending{Kind: "exited"}, nil
			}
		case <-samples.C:
			b.server.link.flush()
			// Marks that came while we were busy are older than this moment.
			if len(marks) > 0 {
				continue
			}
			if stopped := b.exceeded(); stopped != nil {
				return nil, stopped, nil
			}
		case <-b.server.link.cancel:
			return nil, nil, errCancelled
		}
	}
}

// note takes one mark. A mark out of turn comes from a program that meddles with descriptor 4.
func (b *batch) note(m mark) error {
	switch {
	case b.stained:
	case m.what == "begin" && m.job == b.next && b.active < 0 && m.job < len(b.req.Jobs):
		b.active, b.since = m.job, m.at
		b.watch.restart()
	case m.what == "end" && m.job == b.active && b.active >= 0:
		b.finish(ending{Kind: "exited"}, m.at.Sub(b.since))
		b.since, b.stained = m.at, b.crowded() || b.server.tree.crowd()
	case m.what == "fail":
		return fmt.Errorf("the batch binary failed: %s", m.rest)
	default:
		return fmt.Errorf("the batch binary said \"%s %s\" where job %d was next", m.what, m.rest, b.next)
	}
	return nil
}

// exceeded says which limit the active job, or the time between jobs, has broken.
func (b *batch) exceeded() *ending {
	patience, clock := b.req.Limits.wall(), b.req.Limits.Wall
	if b.active < 0 && patience < idlePatience {
		patience = idlePatience
	}
	if time.Since(b.since) > patience {
		return &ending{Kind: "timeout", Clock: "wall", Seconds: clock}
	}
	if b.active >= 0 {
		for _, f := range b.files() {
			if about, err := os.Lstat(f.path); err == nil && about.Size() > f.limit {
				return &ending{Kind: "output", Stream: f.stream, Limit: f.limit}
			}
		}
	}
	return b.watch.exceeded()
}

// outputFile is one of a job's files with its limit.
type outputFile struct {
	stream string
	path   string
	limit  int64
}

func (b *batch) files() []outputFile {
	base := filepath.Join(b.dir, strconv.Itoa(b.next)) + "."
	return []outputFile{
		{"stdout", base + "stdout", b.req.Limits.Output},
		{"stderr", base + "stderr", b.req.Limits.Output},
		{"trace", base + "trace", b.req.Limits.Trace},
	}
}

// finish sends the active job's end with its files, deletes these, and goes on to the next job.
func (b *batch) finish(how ending, took time.Duration) {
	var contents []content
	for _, f := range b.files() {
		c := content{from: strings.NewReader("")}
		if file, size := openPlain(f.path); file >= 0 {
			defer syscall.Close(int(file))
			c = content{from: file, size: size}
			if size > f.limit {
				c.size = f.limit
				how = ending{Kind: "output", Stream: f.stream, Limit: f.limit}
			}
		}
		os.Remove(f.path)
		contents = append(contents, c)
	}
	b.server.link.post(answer{Event: "job", Job: b.next, Ending: &how, Seconds: took.Seconds()}, contents...)
	b.active, b.next = -1, b.next+1
}

// crowded tells that jobs have filled half of the scratch file system: the rest then start in an empty one.
func (b *batch) crowded() bool {
	var about syscall.Statfs_t
	if !b.server.config.Mounts || syscall.Statfs(b.dir, &about) != nil {
		return false
	}
	return about.Bavail < about.Blocks/2 || about.Ffree < about.Files/2
}

// openPlain opens a file that a tested program may have replaced: only a plain file with one name will do, since a
// link could lead to what the program itself may not read.
func openPlain(path string) (plainFile, int64) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, 0
	}
	var about syscall.Stat_t
	if syscall.Fstat(fd, &about) != nil || about.Mode&syscall.S_IFMT != syscall.S_IFREG || about.Nlink != 1 {
		syscall.Close(fd)
		return -1, 0
	}
	return plainFile(fd), about.Size
}

// plainFile is the descriptor of a plain file, which needs no poller.
type plainFile int

func (f plainFile) Read(into []byte) (int, error) {
	for {
		n, err := syscall.Read(int(f), into)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func unnamedFile(dir string) (*os.File, error) {
	path := filepath.Join(dir, "complaints")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return file, os.Remove(path)
}

// quoteHead is the beginning of a file on one line.
func quoteHead(file *os.File) string {
	text, _ := io.ReadAll(io.NewSectionReader(file, 0, 400))
	return strconv.Quote(strings.TrimSpace(string(text)))
}

// emptyDirectory removes all that is in a directory, whatever modes a program has given to its own directories.
func emptyDirectory(dir string) error {
	os.Chmod(dir, 0o711)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if os.RemoveAll(path) == nil {
			continue
		}
		filepath.WalkDir(path, func(inner string, e os.DirEntry, _ error) error {
			if e != nil && e.IsDir() {
				os.Chmod(inner, 0o700)
			}
			return nil
		})
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
