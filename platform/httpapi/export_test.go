package httpapi

import "context"

// OfferKept is what Run does at its start and hourly.
func (s *Server) OfferKept(ctx context.Context) { s.trail.again(ctx) }

// KeptEvents is all that is in the file.
func (s *Server) KeptEvents() ([]Kept, error) { return s.trail.spill.list() }
