package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/chatferry/chatferry/core/fault"
)

// man writes the manual pages. It is hidden: packagers call it, and the pages hold the same as help.
func (a *app) man() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write manual pages into a folder",
		Hidden: true,
		Args:   takes("DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fault.New(fault.Storage, "create", args[0], "choose a folder that can be written", err)
			}
			unknown := time.Unix(0, 0).UTC() // the same pages from the same source, whatever the day
			head := &doc.GenManHeader{Title: "CHATFERRY", Section: "1", Source: "Chatferry", Manual: "Chatferry manual", Date: &unknown}
			if err := doc.GenManTree(c.Root(), head, args[0]); err != nil {
				return fault.New(fault.Storage, "write", args[0], "choose a folder that can be written", err)
			}
			return nil
		},
	}
}
