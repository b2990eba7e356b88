package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func init() {
	jobs["connect"] = func(address string) {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
		}
		report("connect", err)
	}
	// A UDP socket is connected without a packet being sent: the route alone decides.
	jobs["route"] = func(address string) {
		_, err := net.Dial("udp", address)
		report("route", err)
	}
	jobs["resolve"] = func(name string) {
		limited, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, err := net.DefaultResolver.LookupHost(limited, name)
		report("resolve", err)
	}
	jobs["interfaces"] = func(string) {
		text, err := os.ReadFile("/proc/self/net/dev")
		if err != nil {
			report("list", err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if name, _, found := strings.Cut(line, ":"); found {
				fmt.Println(strings.TrimSpace(name))
			}
		}
	}
	jobs["listen"] = func(string) {
		_, err := net.Listen("unix", "@deferdiff-attack")
		report("abstract socket", err)
	}
}
