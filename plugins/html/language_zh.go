package html

var chinese = map[string]string{}
