package evidence

import (
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"time"
)

// token is what can be told of an RFC 3161 timestamp token without trusting anybody: when it says it was
// made, and of what. Whether its authority is to be believed is for "openssl ts -verify" and the reader.
func token(reply, message []byte) (time.Time, error) {
	bad := func(what string) (time.Time, error) { return time.Time{}, errors.New(what) }
	var resp struct {
		Status struct{ Raw asn1.RawContent }
		Token  struct {
			Type    asn1.ObjectIdentifier
			Content asn1.RawValue `asn1:"explicit,tag:0"`
		} `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(reply, &resp); err != nil || len(resp.Token.Type) == 0 {
		return bad("it is no reply with a timestamp token")
	}
	var signed struct {
		Version int
		Digests asn1.RawValue
		Content struct {
			Type asn1.ObjectIdentifier
			Info []byte `asn1:"explicit,tag:0"`
		}
	}
	if _, err := asn1.Unmarshal(resp.Token.Content.FullBytes, &signed); err != nil {
		if _, err := asn1.Unmarshal(resp.Token.Content.Bytes, &signed); err != nil {
			return bad("its token cannot be read")
		}
	}
	var info struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint struct {
			Algorithm asn1.RawValue
			Digest    []byte
		}
		Serial asn1.RawValue
		Time   time.Time `asn1:"generalized"`
	}
	if _, err := asn1.Unmarshal(signed.Content.Info, &info); err != nil {
		return bad("its token cannot be read")
	}
	if sum := sha256.Sum256(message); string(info.Imprint.Digest) != string(sum[:]) {
		return bad("it is of something else than this statement (make it with -sha256)")
	}
	return info.Time.UTC(), nil
}
