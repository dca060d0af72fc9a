package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"

	"zhian/platform/fault"
)

// blockBytes is how much of a bundle one processor parses and hashes at a time;
// hashing is most of the work and needs no order.
const blockBytes = 256 << 10

// block is some lines of a bundle.
type block struct {
	text  []byte
	ends  []int // where each line ends in text, without line feeds
	first int   // number of the first line
	err   error // why reading ended behind this block; nil: there is more
	items []item
	done  chan struct{} // closed when items is ready
}

// item is what one line says.
type item struct {
	record  record // without data
	altered bool   // the record's data does not have its hash
	note    string // of a checkpoint's line
	err     error  // the line is neither
}

// blocks reads ahead, a few blocks at most; they come in order, parsed or soon
// to be. It ends behind the block with an error, or when stop is closed.
func blocks(in *bufio.Reader, h Hasher, stop <-chan struct{}) <-chan *block {
	out := make(chan *block, runtime.GOMAXPROCS(0))
	go func() {
		defer close(out)
		for line := 2; ; {
			b := readBlock(in, line)
			line += len(b.ends)
			go b.parse(h)
			select {
			case out <- b:
			case <-stop:
				return
			}
			if b.err != nil {
				return
			}
		}
	}()
	return out
}

func readBlock(in *bufio.Reader, first int) *block {
	in.Peek(1) // fills the buffer: most blocks fit what is there
	b := &block{first: first, text: make([]byte, 0, in.Buffered()*9/8), done: make(chan struct{})}
	for len(b.text) < blockBytes {
		line, err := nextLine(in)
		if err != nil {
			b.err = err
			return b
		}
		b.text = append(b.text, line...)
		b.ends = append(b.ends, len(b.text))
	}
	return b
}

// nextLine is a line without its line feed, good until the next call. A last
// line without one is a line too. io.EOF when there is none.
func nextLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(line) > maxLine {
				return nil, fault.New(fault.Invalid, "ledger.bundle_malformed")
			}
			var more []byte
			more, err = in.ReadSlice('\n')
			line = append(line, more...)
		}
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

func (b *block) parse(h Hasher) {
	defer close(b.done)
	b.items = make([]item, len(b.ends))
	var buf, data []byte
	start := 0
	for i, end := range b.ends {
		it := &b.items[i]
		it.record.data = data
		buf = it.parse(h, b.text[start:end], buf)
		data, it.record.data = it.record.data, nil
		start = end
	}
}

// parse reads one line; buf is room to hash in.
func (it *item) parse(h Hasher, line, buf []byte) []byte {
	if bytes.HasPrefix(line, []byte(`{"checkpoint":`)) {
		var s signedLine
		if it.err = json.Unmarshal(line, &s); it.err == nil && (s.Checkpoint == "" || !bytes.Equal(appendJSON(buf[:0], s), append(line[:len(line):len(line)], '\n'))) {
			it.err = errRecord
		}
		it.note = s.Checkpoint
		return buf
	}
	if it.err = it.record.parse(line); it.err != nil || it.record.gone {
		return buf
	}
	hash, buf := entryHash(h, buf, it.record.source, it.record.ref, it.record.data)
	it.altered = !bytes.Equal(hash[:], it.record.hash)
	return buf
}
