//go:build race

package transform

const raced = true
