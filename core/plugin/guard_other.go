//go:build !unix

package plugin

import "os"

// swapStdio takes standard input and output away from Go code; C code keeps its own.
func swapStdio(out *os.File) (stdin, stdout *os.File, err error) {
	stdin, stdout = os.Stdin, os.Stdout
	os.Stdout = out
	os.Stdin, err = os.Open(os.DevNull)
	return stdin, stdout, err
}

func exitGroup() { os.Exit(0) }
