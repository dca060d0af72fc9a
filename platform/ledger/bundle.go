package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
)

// bundleFormat is the first thing in a bundle.
const bundleFormat = "zhian-ledger/1"

// Kinds of bundles.
const (
	kindWhole    = "whole"
	kindSelected = "selected"
)

// maxLine is the longest line of a bundle, in bytes.
const maxLine = 16 << 20

// header is the first line of a bundle.
type header struct {
	Bundle string   `json:"bundle"`
	Kind   string   `json:"kind"`
	Origin string   `json:"origin"`
	Hasher string   `json:"hasher"`
	Keys   []string `json:"keys"`
	Leaves uint64   `json:"leaves"`
	Head   string   `json:"head"`
}

// signedLine is a checkpoint's line.
type signedLine struct {
	Checkpoint string `json:"checkpoint"`
}

// appendJSON writes v as a line. Only strings and numbers go in: it cannot fail.
func appendJSON(out []byte, v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return append(out, b.Bytes()...)
}

// record is a leaf's line; its labels are slices of it.
type record struct {
	pos         uint64
	source, ref []byte
	hash        []byte
	data        []byte
	gone        bool   // the business row did not exist when the bundle was written
	proof       []byte // hashes one after the other; selected leaves only
}

// appendRecord writes the one form that a record has.
func appendRecord(out []byte, l leaf, data []byte, gone bool, proof []byte) []byte {
	out = strconv.AppendUint(append(out, `{"pos":`...), l.pos, 10)
	out = append(append(out, `,"source":"`...), l.source...)
	out = append(append(out, `","ref":"`...), l.ref...)
	out = base64.StdEncoding.AppendEncode(append(out, `","hash":"`...), l.hash)
	if gone {
		out = append(out, `","data":null`...)
	} else {
		out = base64.StdEncoding.AppendEncode(append(out, `","data":"`...), data)
		out = append(out, '"')
	}
	if proof != nil {
		out = base64.StdEncoding.AppendEncode(append(out, `,"proof":"`...), proof)
		out = append(out, '"')
	}
	return append(out, "}\n"...)
}

var errRecord = errors.New("not a record")

// parse reads a line without its line feed. It accepts what appendRecord writes
// and nothing else: a million lines must not cost a general parser.
func (r *record) parse(line []byte) (err error) {
	in := scan{rest: line}
	r.pos = in.number(`{"pos":`)
	r.source = in.label(`,"source":"`)
	r.ref = in.label(`,"ref":"`)
	r.hash = in.base64(`,"hash":"`, r.hash)
	if r.gone = in.skip(`,"data":null`); !r.gone {
		r.data = in.base64(`,"data":"`, r.data)
	}
	hasProof := bytes.HasPrefix(in.rest, []byte(`,"proof":"`))
	if r.proof = r.proof[:0]; hasProof {
		r.proof = in.base64(`,"proof":"`, r.proof)
	}
	if !in.skip(`}`) || in.bad || len(in.rest) > 0 || len(r.hash) != HashSize || r.pos == 0 {
		return errRecord
	}
	return nil
}

func (r *record) leaf() leaf {
	return leaf{pos: r.pos, source: string(r.source), ref: string(r.ref), hash: bytes.Clone(r.hash)}
}

// scan reads a line from left to right; bad stays set once something is wrong.
type scan struct {
	rest []byte
	bad  bool
}

func (s *scan) skip(text string) bool {
	if len(s.rest) < len(text) || string(s.rest[:len(text)]) != text {
		return false
	}
	s.rest = s.rest[len(text):]
	return true
}

func (s *scan) number(before string) (n uint64) {
	s.bad = s.bad || !s.skip(before)
	end := bytes.IndexByte(s.rest, ',')
	if s.bad || end < 1 || end > 19 || s.rest[0] == '0' {
		s.bad = true
		return 0
	}
	for _, c := range s.rest[:end] {
		s.bad = s.bad || c < '0' || c > '9'
		n = n*10 + uint64(c-'0')
	}
	s.rest = s.rest[end:]
	return n
}

// quoted is the text up to the closing quote.
func (s *scan) quoted(before string) []byte {
	s.bad = s.bad || !s.skip(before)
	end := bytes.IndexByte(s.rest, '"')
	if s.bad || end < 0 {
		s.bad = true
		return nil
	}
	text := s.rest[:end]
	s.rest = s.rest[end+1:]
	return text
}

func (s *scan) label(before string) []byte {
	text := s.quoted(before)
	s.bad = s.bad || !isLabel(text)
	return text
}

// base64 decodes into a buffer to use again.
func (s *scan) base64(before string, buf []byte) []byte {
	text := s.quoted(before)
	buf, err := base64.StdEncoding.Strict().AppendDecode(buf[:0], text)
	s.bad = s.bad || err != nil || bytes.IndexByte(text, '\r') >= 0
	return buf
}
