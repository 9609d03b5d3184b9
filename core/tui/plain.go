package tui

import "context"

// Plain asks line by line instead of drawing a screen.
func Plain(ctx context.Context, o Options) error { return nil }
