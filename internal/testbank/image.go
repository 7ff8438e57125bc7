package testbank

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// glyphs are the digits on a grid of five by seven, one bit a dot, top row first.
var glyphs = [10][7]uint8{
	{0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
	{0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
	{0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111},
	{0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110},
	{0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
	{0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
	{0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
	{0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
	{0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
	{0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
}

// The image's measures in pixels.
const (
	dot       = 6
	cellWide  = 7 * dot
	imageHigh = 11 * dot
)

// drawDigits gives a PNG of digits. It is the same for the same digits; faint stripes make it look like a bank's and hide
// nothing: a person must be able to read it, and a test does.
func drawDigits(digits string) []byte {
	paper, stripe, ink := color.Gray{Y: 0xff}, color.Gray{Y: 0xe4}, color.Gray{Y: 0x10}
	img := image.NewGray(image.Rect(0, 0, len(digits)*cellWide+dot, imageHigh))
	for y := range imageHigh {
		for x := range img.Rect.Dx() {
			img.SetGray(x, y, paper)
			if (x+y)%(3*dot) < 2 {
				img.SetGray(x, y, stripe)
			}
		}
	}
	for i, d := range digits {
		glyph := glyphs[d-'0']
		// Each digit sits one or two dots from the top, so that they do not stand in a row like print.
		left, top := i*cellWide+dot, (1+i%2)*dot+dot/2
		for row, bits := range glyph {
			for col := range 5 {
				if bits&(1<<(4-col)) != 0 {
					fill(img, left+col*dot, top+row*dot, ink)
				}
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		// Encoding a grey image into memory cannot fail.
		panic(err)
	}
	return out.Bytes()
}

func fill(img *image.Gray, x, y int, c color.Gray) {
	for dy := range dot {
		for dx := range dot {
			img.SetGray(x+dx, y+dy, c)
		}
	}
}
