package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// Frame is one message of the live channel. Cursor is 0 in signals.
type Frame struct {
	Type   string          `json:"type"`
	Cursor int64           `json:"cursor"`
	Data   json.RawMessage `json:"data"`
}

type readWriter struct {
	io.Reader
	io.Writer
}

// Watch hands out what happens, as it happens, until ctx or the connection ends;
// it always returns an error that says why. A cursor of 0 begins now, another one
// after what it names. A Refused is the server's: with status 401 the session is
// over.
func (c *Client) Watch(ctx context.Context, cursor int64, each func(Frame)) error {
	path := "/v1/live"
	if cursor > 0 {
		path += "?cursor=" + strconv.FormatInt(cursor, 10)
	}
	dialer := ws.Dialer{Timeout: requestLimit, Header: ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer " + c.token}})}
	conn, buffered, _, err := dialer.Dial(ctx, "ws"+strings.TrimPrefix(c.base, "http")+path)
	var status ws.StatusError
	if errors.As(err, &status) {
		return &Refused{Status: int(status), asked: "GET " + path}
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	from := readWriter{conn, conn}
	if buffered != nil { // what came along with the handshake
		from.Reader = io.MultiReader(io.LimitReader(buffered, int64(buffered.Buffered())), conn)
	}
	for {
		text, err := wsutil.ReadServerText(from)
		if err != nil {
			return errors.Join(ctx.Err(), err)
		}
		var f Frame
		if err := json.Unmarshal(text, &f); err != nil {
			return err
		}
		each(f)
	}
}
