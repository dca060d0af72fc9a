package live

import (
	"bytes"
	"net"
	"testing"

	"github.com/gobwas/ws"
)

// Whatever a client says, the house reads on or ends the connection: nothing that
// it sends makes the reader panic, and all that it gets back are its pings.
func FuzzFrames(f *testing.F) {
	masked := func(frames ...ws.Frame) []byte {
		var out bytes.Buffer
		for _, frame := range frames {
			if err := ws.WriteFrame(&out, ws.MaskFrame(frame)); err != nil {
				f.Fatal(err)
			}
		}
		return out.Bytes()
	}
	f.Add(masked(ws.NewPingFrame([]byte("1")), ws.NewTextFrame([]byte(`{"type":"x"}`)), ws.NewPingFrame(nil)))
	f.Add(masked(ws.NewPingFrame(bytes.Repeat([]byte("x"), 4000)), ws.NewCloseFrame(ws.NewCloseFrameBody(1000, ""))))
	f.Add([]byte{0x89, 0x80, 1, 2, 3})                                        // cut off in its mask
	f.Add([]byte{0x89, 0x01, 'x'})                                            // not masked
	f.Add([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) // longer than there is
	f.Add([]byte{0xff, 0xfe, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, said []byte) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		defer theirs.Close()
		c := &client{conn: theirs, home: newShard(nil)}
		c.listen(bytes.NewReader(said))
		for _, o := range c.home.inbox {
			head, err := ws.ReadHeader(bytes.NewReader(o.told.wire))
			if err != nil || o.to != c || o.what != toOne || head.OpCode != ws.OpPong || head.Length > int64(len(said)) {
				t.Errorf("%+v, %v", head, err)
			}
		}
	})
}
