package access

import "encoding/binary"

// index finds the number of a name. Go's map would cost a decision three times
// as much: this one knows that its names are ids and permissions, which differ
// in their first or last eight bytes. It never changes once it is shared.
type index struct {
	names []string // by number
	slots []slot   // a power of two, at most a quarter of them taken
	shift uint     // the bits of a hash that do not count
}

// slot is a name with its number, one up: that of a free slot is 0.
type slot struct {
	name   string
	number int32
	tag    uint32 // a piece of the hash: names that differ seldom get compared
}

// none is the number of an unknown name.
const none int32 = -1

const fewestBits = 3

func newIndex(names []string) index {
	x := index{names: names, shift: 64 - fewestBits}
	for 1<<(64-x.shift) < 4*len(names) {
		x.shift--
	}
	x.slots = make([]slot, 1<<(64-x.shift))
	for number, name := range names {
		h := hash(name)
		i := h >> x.shift
		for x.slots[i].number != 0 {
			i = (i + 1) & uint64(len(x.slots)-1)
		}
		x.slots[i] = slot{name, int32(number) + 1, uint32(h)}
	}
	return x
}

func (x *index) find(name string) int32 {
	h := hash(name)
	for i := h >> x.shift; ; i++ {
		s := &x.slots[i&uint64(len(x.slots)-1)]
		if s.number == 0 || s.tag == uint32(h) && s.name == name {
			return s.number - 1
		}
	}
}

// Odd numbers without structure, to spread bits (the golden ratio, and a prime
// of xxHash64).
const (
	spreadA uint64 = 0x9e3779b97f4a7c15
	spreadB uint64 = 0xc2b2ae3d27d4eb4f
)

// hash is good in its upper bits: a product is.
func hash(s string) uint64 {
	if len(s) < 8 {
		h := spreadB
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * spreadA
		}
		return h
	}
	head, tail := binary.LittleEndian.Uint64([]byte(s[:8])), binary.LittleEndian.Uint64([]byte(s[len(s)-8:]))
	return (head+uint64(len(s)))*spreadA ^ tail*spreadB
}
