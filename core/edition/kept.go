package edition

import "io"

// Kept gives a small file that an edition has already, when it is checked: what a format must know to render
// it as it was rendered, such as the fonts it was made with. While an edition is written there is none. A file
// that can't be read gives no bytes; that it is damaged is found when it is rendered.
func (f *Folder) Kept(name string, limit int64) (b []byte, checking bool, err error) {
	if f.check == nil {
		return nil, false, nil
	}
	in, err := openRegular(f.check.root, name)
	if err != nil {
		return nil, true, nil
	}
	defer in.Close()
	b, err = io.ReadAll(io.LimitReader(in, limit))
	if err != nil {
		return nil, true, damaged(name, err)
	}
	return b, true, nil
}
