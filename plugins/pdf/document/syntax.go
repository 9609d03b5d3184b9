package document

import (
	"strconv"
	"unicode/utf16"
)

func ref(b []byte, n int) []byte {
	return append(strconv.AppendInt(b, int64(n), 10), " 0 R"...)
}

// number writes thousandths as a decimal number.
func number(b []byte, n int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, int64(n/1000), 10)
	if n %= 1000; n == 0 {
		return b
	}
	b = append(b, '.', byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

const hexDigits = "0123456789ABCDEF"

func hex16(b []byte, u uint16) []byte {
	return append(b, hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

// utf16hex writes a text as hexadecimal digits of UTF-16.
func utf16hex(b []byte, s string) []byte {
	for _, r := range s {
		if hi, lo := utf16.EncodeRune(r); hi != 0xfffd {
			b = hex16(hex16(b, uint16(hi)), uint16(lo))
			continue
		}
		b = hex16(b, uint16(r))
	}
	return b
}

// maxText bounds a text string: readers need not take more than 65,535 bytes.
const maxText = 10_000

// text writes a text string.
func text(b []byte, s string) []byte {
	if len(s) > maxText {
		s = string([]rune(s[:maxText]))
	}
	return append(utf16hex(append(b, "<FEFF"...), s), '>')
}
