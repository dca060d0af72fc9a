// Package ident makes identifiers: UUIDv7 (RFC 9562 §5.7), sortable by time of
// making, and secrets for tokens.
package ident

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"sync"
	"time"
)

// Maker makes ids that never repeat and never sort before an earlier one of the
// same maker, even when the clock jumps back or many are made in one millisecond.
type Maker struct {
	now  func() time.Time
	mu   sync.Mutex
	last uint64 // 48 bits of milliseconds, then 12 bits that count within one
	pool []byte // random bytes not used yet: one system call serves many ids
}

// NewMaker makes ids stamped with now.
func NewMaker(now func() time.Time) *Maker { return &Maker{now: now} }

const (
	tailLen  = 8
	poolSize = 64 * tailLen
)

// Next is a fresh id in the usual 36 characters.
func (m *Maker) Next() string {
	m.mu.Lock()
	stamp := max(uint64(m.now().UnixMilli())<<12, m.last+1)
	m.last = stamp
	if len(m.pool) < tailLen {
		m.pool = make([]byte, poolSize)
		rand.Read(m.pool)
	}
	tail := m.pool[:tailLen]
	m.pool = m.pool[tailLen:]
	m.mu.Unlock()
	return format(stamp, tail)
}

// format lays out time, version 7, counter (rand_a as RFC 9562 §6.2 method 1
// allows), variant 10 and 62 random bits.
func format(stamp uint64, tail []byte) string {
	var b [16]byte
	ms, count := stamp>>12, stamp&0xfff
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = 0x70 | byte(count>>8)
	b[7] = byte(count)
	copy(b[8:], tail)
	b[8] = b[8]&0x3f | 0x80

	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// Secret is 256 random bits as 43 characters that fit a URL or a header.
func Secret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
