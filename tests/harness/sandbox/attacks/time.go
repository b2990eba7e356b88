package main

import (
	"os/signal"
	"time"
)

func init() {
	jobs["endless loop"] = func(string) {
		for {
		}
	}
	jobs["sleep"] = func(string) {
		signal.Ignore()
		time.Sleep(time.Hour)
	}
	jobs["busy threads"] = func(string) {
		for i := 0; i < 4; i++ {
			go func() {
				for {
				}
			}()
		}
		time.Sleep(time.Hour)
	}
}
