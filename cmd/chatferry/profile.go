package main

import (
	"os"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
)

// tune sets what holds for the whole program: files that only their owner may read, and a collector
// that runs seldom, because little is held at a time.
func tune() {
	syscall.Umask(0o077)
	debug.SetGCPercent(200)
	allow(0)
}

// allow sets when the collector runs more often, for so many sinks inside this process.
func allow(sinks int) { debug.SetMemoryLimit(int64(110+5*sinks) << 20) }

// profile writes a processor profile of this process to the file that CHATFERRY_CPUPROFILE names. With
// --in-process it covers the plugins too.
func profile() (stop func()) {
	path := os.Getenv("CHATFERRY_CPUPROFILE")
	if path == "" {
		return func() {}
	}
	f, err := os.Create(path)
	if err != nil {
		return func() {}
	}
	if pprof.StartCPUProfile(f) != nil {
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}
}
