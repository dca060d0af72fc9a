package httpapi

import (
	"context"
	"net"
	"net/http"
	"time"
)

// What a client may take its time for: to send its headers, its whole request,
// and to take an answer; and how long a quiet connection stays open.
const (
	headersWithin = 5 * time.Second
	requestWithin = time.Minute
	answerWithin  = 5 * time.Minute
	quietFor      = 2 * time.Minute
	headersMax    = 64 << 10 // bytes
)

// Serve answers on l until ctx ends, then drains: it says that it is not ready,
// takes nobody new, and lets the requests that it has come to their end, for at
// most Config.Drain. What takes longer is cut off, and is the error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: s, ReadHeaderTimeout: headersWithin, ReadTimeout: requestWithin, WriteTimeout: answerWithin,
		IdleTimeout: quietFor, MaxHeaderBytes: headersMax}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.SetReady(true)
	select {
	case err := <-served:
		s.SetReady(false)
		return err
	case <-ctx.Done():
	}
	s.SetReady(false)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Drain)
	defer cancel()
	err := server.Shutdown(drain)
	if err != nil {
		server.Close()
	}
	<-served
	return err
}
