package crypto

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"log/slog"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// hidden is what everybody sees of a sealed field.
const hidden = "***"

// Sealed is a personal field of type T, a string or a small struct. It holds
// ciphertext only; the zero value is a field that was never given.
type Sealed[T any] struct {
	box    Box
	masked string
}

// Seal encrypts a field under its subject's key. Field is the column's name.
func Seal[T any](k *Key, field string, plain T) (Sealed[T], error) {
	bytes, err := encode(plain)
	if err != nil {
		return Sealed[T]{}, err
	}
	box, err := k.seal(field, bytes)
	return Sealed[T]{box: box}, err
}

// FromBox is a stored field; an empty box is a field that was never given.
func FromBox[T any](b Box) Sealed[T] { return Sealed[T]{box: b} }

// Open decrypts a field for a machine's use: masking it, dialling it. What a
// person sees comes from Reveal. Faults: NotFound "crypto.shredded" when the key
// was destroyed, NotFound "crypto.empty" when there is nothing, Internal
// "crypto.box_tampered" when it was altered.
func Open[T any](v *Vault, tx *sqldb.Tx, s Sealed[T]) (plain T, err error) {
	if s.IsZero() {
		return plain, fault.New(fault.NotFound, "crypto.empty")
	}
	bytes, err := v.open(tx, s.box)
	if err != nil {
		return plain, err
	}
	return decode[T](bytes)
}

// Masked is the same field with a mask to show, made from the plaintext by one
// of the Mask functions. A shredded field stays hidden.
func Masked[T any](v *Vault, tx *sqldb.Tx, s Sealed[T], mask func(T) string) (Sealed[T], error) {
	if s.IsZero() {
		return s, nil
	}
	plain, err := Open(v, tx, s)
	if fault.KeyOf(err) == "crypto.shredded" {
		return Sealed[T]{box: s.box}, nil
	}
	if err != nil {
		return Sealed[T]{box: s.box}, err
	}
	return Sealed[T]{box: s.box, masked: mask(plain)}, nil
}

func encode(plain any) ([]byte, error) {
	if s, ok := plain.(string); ok {
		return []byte(s), nil
	}
	return json.Marshal(plain)
}

func decode[T any](bytes []byte) (plain T, err error) {
	if s, ok := any(&plain).(*string); ok {
		*s = string(bytes)
		return plain, nil
	}
	return plain, json.Unmarshal(bytes, &plain)
}

// Box is the stored form.
func (s Sealed[T]) Box() Box { return s.box }

// IsZero says that the field was never given.
func (s Sealed[T]) IsZero() bool { return len(s.box) == 0 }

// Subject and Field are whose it is and which; empty when there is nothing.
func (s Sealed[T]) Subject() string { h, _, _, _ := s.box.split(); return h.subject }
func (s Sealed[T]) Field() string   { h, _, _, _ := s.box.split(); return h.field }

// String is the mask, or "***".
func (s Sealed[T]) String() string {
	switch {
	case s.IsZero():
		return ""
	case s.masked != "":
		return s.masked
	}
	return hidden
}

// GoString is String.
func (s Sealed[T]) GoString() string { return s.String() }

// LogValue is "***": a log line needs no mask either.
func (s Sealed[T]) LogValue() slog.Value {
	if s.IsZero() {
		return slog.StringValue("")
	}
	return slog.StringValue(hidden)
}

// MarshalJSON is null, "***", or {"masked": …} once Masked was asked for.
func (s Sealed[T]) MarshalJSON() ([]byte, error) {
	switch {
	case s.IsZero():
		return []byte("null"), nil
	case s.masked == "":
		return json.Marshal(hidden)
	}
	return json.Marshal(struct {
		Masked string `json:"masked"`
	}{s.masked})
}

// UnmarshalJSON refuses: what comes from outside is plain, and is sealed by Seal.
func (s *Sealed[T]) UnmarshalJSON([]byte) error {
	return fault.New(fault.Invalid, "crypto.sealed_input")
}

// Value stores the box, or NULL.
func (s Sealed[T]) Value() (driver.Value, error) {
	if s.IsZero() {
		return nil, nil
	}
	return []byte(s.box), nil
}

// Scan reads what Value stored.
func (s *Sealed[T]) Scan(src any) error {
	switch b := src.(type) {
	case nil:
		*s = Sealed[T]{}
	case []byte:
		*s = Sealed[T]{box: append(Box(nil), b...)}
	default:
		return malformed(fmt.Sprintf("a column of type %T", src))
	}
	return nil
}
