package main

import (
	"os"
	"strings"
)

func init() {
	jobs["write"] = func(places string) {
		for _, place := range strings.Split(places, ",") {
			report("create in "+place, os.WriteFile(place+"/attack", []byte("x"), 0o644))
			report("make "+place, os.Mkdir(place+"/attack.d", 0o755))
		}
	}
	jobs["overwrite"] = func(files string) {
		for _, file := range strings.Split(files, ",") {
			f, err := os.OpenFile(file, os.O_WRONLY, 0)
			if err == nil {
				f.Close()
			}
			report("open "+file, err)
			report("remove "+file, os.Remove(file))
			report("rename "+file, os.Rename(file, file+".old"))
			report("chmod "+file, os.Chmod(file, 0o777))
		}
	}
	jobs["read"] = func(files string) {
		for _, file := range strings.Split(files, ",") {
			_, err := os.ReadFile(file)
			if err != nil {
				_, err = os.ReadDir(file)
			}
			report("read "+file, err)
		}
	}
}
