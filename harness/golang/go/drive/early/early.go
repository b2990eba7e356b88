// Package early opens the files of the first job while packages are initialised. A case with initialisers that do
// something imports it, so that what they do is recorded.
package early

import "deferdiff.test/drive"

func init() {
	drive.First()
}
