package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// compareProof runs the same migration with and without its proof, in turn, and prints each pair and the
// medians. The read-back is apart, because reading a target costs what the target costs.
func compareProof(bin, dir, dump string, pairs int) error {
	out := filepath.Join(dir, "out-proof")
	defer os.RemoveAll(out)
	convert := []string{bin, "convert", dump, out, "--to", "mattermost", "--no-verify", "--json", "--progress", "none"}
	var walls, cpus, memory []float64
	fmt.Printf("%-6s %12s %12s %12s %12s %10s %10s\n", "pair", "off wall s", "on wall s", "off cpu s", "on cpu s", "off MB", "on MB")
	for i := range pairs {
		var got [2]usage
		for k := range got {
			on := (i + k) % 2 // the first of a pair takes turns
			os.Unsetenv("CHATFERRY_MEASURE_UNPROVEN")
			if on == 0 {
				os.Setenv("CHATFERRY_MEASURE_UNPROVEN", "1")
			}
			if err := os.RemoveAll(out); err != nil {
				return err
			}
			var err error
			if got[on], err = measure(convert); err != nil {
				return err
			}
		}
		off, on := got[0], got[1]
		fmt.Printf("%-6d %12.2f %12.2f %12.2f %12.2f %10.0f %10.0f\n", i+1, off.wall, on.wall, off.cpu, on.cpu, float64(off.peak)/1e6, float64(on.peak)/1e6)
		walls, cpus = append(walls, on.wall/off.wall), append(cpus, on.cpu/off.cpu)
		memory = append(memory, float64(on.peak-off.peak)/1e6)
	}
	fmt.Printf("median: %.3f of the wall time, %.3f of the processor time, %+.0f MB\n", median(walls), median(cpus), median(memory))
	os.Unsetenv("CHATFERRY_MEASURE_UNPROVEN")
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if _, err := measure(convert); err != nil {
		return err
	}
	u, err := measure([]string{bin, "verify", out, "--json", "--progress", "none"})
	if err != nil {
		return err
	}
	fmt.Printf("read-back of the target: %.2f s wall, %.2f s cpu, %.0f MB\n", u.wall, u.cpu, float64(u.peak)/1e6)
	return nil
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
