// Command chatferry moves chat histories: it reads a dump of one system, shows what another can
// hold of it, delivers it, and proves that it arrived.
//
// The way of a call: main → the file named like the verb → core/engine → plugins. This package
// knows flags, help and exit codes, and nothing about chat.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/plugins"
)

func main() {
	if host.ServeBuiltin(plugins.Builtin(), os.Args) { // before anything is printed
		return
	}
	os.Exit(run())
}

func run() int {
	tune()
	defer profile()()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	a := &app{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	return a.execute(ctx, os.Args[1:])
}

// app is one call of the program: where it writes and what the global flags say.
type app struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	logLevel       string
	began          bool // a verb is at work, so an error is not one of usage
	jsonErrors     bool // errors are JSON events too
}
