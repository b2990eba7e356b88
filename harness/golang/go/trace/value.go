package trace

import (
	"reflect"
	"runtime"
	"strconv"
	"unsafe"
)

// Limits of a value's text. A string that is cut is followed by its size and a checksum, a list by its length.
const (
	maxDepth    = 4
	maxElements = 32
	maxString   = 1024
)

// Canonical gives the text of a panic's value. Equal texts mean equal values: pointers, maps, channels and functions
// are numbered by identity in the order in which they were first seen. No method of the program is called.
func Canonical(v interface{}) string {
	if v == nil {
		return "nil"
	}
	if e, ok := v.(runtime.Error); ok && ofRuntime(reflect.TypeOf(v)) {
		return "runtime error: " + runtimeText(e.Error())
	}
	return render(reflect.ValueOf(v), maxDepth)
}

// ofRuntime tells that the methods of t are the runtime's and not the program's.
func ofRuntime(t reflect.Type) bool {
	if t.Kind() == reflect.Ptr {
		t = t.Elem()
	}
	path := t.PkgPath()
	return path == "runtime" || hasPrefix(path, "internal/")
}

// runtimeText makes the text of a run-time error the same on every release that means the same.
func runtimeText(s string) string {
	const prefix = "runtime error: "
	if hasPrefix(s, prefix) {
		s = s[len(prefix):]
	}
	if hasPrefix(s, "panic called with nil argument") {
		return "panic called with nil argument (use GODEBUG=panicnil=1 to disable)"
	}
	return asMain(s)
}

func render(v reflect.Value, depth int) string {
	if !v.IsValid() {
		return "nil"
	}
	t := v.Type()
	name := typeName(t)
	switch v.Kind() {
	case reflect.Bool:
		return convert(name, "bool", strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return convert(name, "int", strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return convert(name, "", strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		return convert(name, "float64", float(v.Float(), t.Bits()))
	case reflect.Complex64, reflect.Complex128:
		c, bits := v.Complex(), t.Bits()/2
		return convert(name, "complex128", "complex("+float(real(c), bits)+", "+float(imag(c), bits)+")")
	case reflect.String:
		return convert(name, "string", quote(v.String()))
	case reflect.Ptr:
		if v.IsNil() {
			return convert(name, "", "nil")
		}
		return "&" + typeName(t.Elem()) + identity(name, unsafe.Pointer(v.Pointer()))
	case reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		if v.Pointer() == 0 {
			return convert(name, "", "nil")
		}
		return name + identity(name, unsafe.Pointer(v.Pointer()))
	case reflect.Interface:
		return render(v.Elem(), depth)
	case reflect.Slice:
		if v.IsNil() {
			return convert(name, "", "nil")
		}
		if v.Len() == 0 {
			return name + "{}"
		}
		// Its elements may change while a panic carries it.
		return name + identity(name, unsafe.Pointer(v.Pointer())) + ":" + strconv.Itoa(v.Len())
	case reflect.Array:
		return name + elements(v.Len(), depth, v.Index)
	case reflect.Struct:
		return name + elements(v.NumField(), depth, v.Field)
	}
	return name
}

func elements(n, depth int, at func(int) reflect.Value) string {
	if n > 0 && depth == 0 {
		return "{...}"
	}
	s := "{"
	for i := 0; i < n; i++ {
		if i > 0 {
			s += ", "
		}
		if i == maxElements {
			s += "... " + strconv.Itoa(n) + " in all"
			break
		}
		s += render(at(i), depth-1)
	}
	return s + "}"
}

// convert writes a constant of the type that an untyped constant of this form has by default (plain) as it is.
func convert(name, plain, constant string) string {
	if name == plain {
		return constant
	}
	if name[0] == '*' || name[0] == '<' {
		name = "(" + name + ")"
	}
	return name + "(" + constant + ")"
}

func float(f float64, bits int) string {
	s := strconv.FormatFloat(f, 'g', -1, bits)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && (c < '0' || c > '9') {
			return s
		}
	}
	return s + ".0"
}

func quote(s string) string {
	if len(s) <= maxString {
		return strconv.Quote(s)
	}
	sum := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		sum = (sum ^ uint32(s[i])) * 16777619
	}
	return strconv.Quote(s[:maxString]) + "..." + strconv.Itoa(len(s)) + "-" + strconv.FormatUint(uint64(sum), 16)
}

// identity keeps what it numbers alive, so that no address can stand for two values.
func identity(typ string, address unsafe.Pointer) string {
	mu.Lock()
	key := pointer{typ, address}
	n := pointers[key]
	if n == 0 {
		n = len(pointers) + 1
		pointers[key] = n
	}
	mu.Unlock()
	return "#" + strconv.Itoa(n)
}

func typeName(t reflect.Type) string {
	return asMain(t.String())
}

// asMain writes the package of a case, c<digits> or deferdiff.test/traced/c<digits>, as main.
func asMain(s string) string {
	const path = "deferdiff.test/traced/"
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		start := i
		if hasPrefix(s[i:], path) {
			start += len(path)
		}
		if end := packageEnd(s, start); end > 0 && (i == 0 || !wordByte(s[i-1])) {
			out = append(out, "main"...)
			i = end
			continue
		}
		out = append(out, s[i])
		i++
	}
	return string(out)
}

// packageEnd gives the end of c<digits> at i if a dot follows, else 0.
func packageEnd(s string, i int) int {
	if i >= len(s) || s[i] != 'c' {
		return 0
	}
	j := i + 1
	for j < len(s) && s[j] >= '0' && s[j] <= '9' {
		j++
	}
	if j == i+1 || j >= len(s) || s[j] != '.' {
		return 0
	}
	return j
}

func wordByte(c byte) bool {
	return c == '_' || c == '/' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
