package markup

import "strings"

// Emoji is the emoji of a source's shortcode, "" when the name is not a common one. A skin tone is left out.
func Emoji(name string) string {
	name, _, _ = strings.Cut(strings.Trim(name, ":"), "::")
	return shortcodes[name]
}

// shortcodes are the names of emoji that people use most, for sources that give the name only. An emoji
// that is not here is shown by its name.
var shortcodes = func() map[string]string {
	m := map[string]string{}
	f := strings.Fields(`+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 heart ❤️ tada 🎉 joy 😂 smile 😄 smiley 😃 grinning 😀 grin 😁 laughing 😆
		sweat_smile 😅 rofl 🤣 slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 kissing_heart 😘
		yum 😋 stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 thinking_face 🤔 thinking 🤔 neutral_face 😐 expressionless 😑 smirk 😏
		unamused 😒 face_with_rolling_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleeping 😴 mask 😷 sunglasses 😎 nerd_face 🤓 confused 😕
		worried 😟 slightly_frowning_face 🙁 open_mouth 😮 astonished 😲 flushed 😳 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 weary 😩
		tired_face 😫 angry 😠 rage 😡 skull 💀 poop 💩 clown_face 🤡 ghost 👻 alien 👽 robot_face 🤖 clap 👏 raised_hands 🙌 pray 🙏
		handshake 🤝 muscle 💪 wave 👋 ok_hand 👌 v ✌️ crossed_fingers 🤞 point_up ☝️ point_right 👉 point_left 👈 point_down 👇
		point_up_2 👆 raised_hand ✋ hand ✋ eyes 👀 brain 🧠 fire 🔥 sparkles ✨ star ⭐ star2 🌟 zap ⚡ boom 💥 100 💯 rocket 🚀
		white_check_mark ✅ heavy_check_mark ✔️ x ❌ warning ⚠️ bangbang ‼️ question ❓ exclamation ❗ red_circle 🔴 large_green_circle 🟢
		large_blue_circle 🔵 bulb 💡 memo 📝 pushpin 📌 calendar 📅 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 lock 🔒 key 🔑
		mag 🔍 link 🔗 hammer 🔨 wrench 🔧 gear ⚙️ bug 🐛 computer 💻 phone ☎️ email 📧 package 📦 truck 🚚 ship 🚢 airplane ✈️ car 🚗
		house 🏠 non-potable_water 🚱 potable_water 🚰 ocean 🌊 anchor ⚓ boat ⛵ sailboat ⛵ ferry ⛴️ wind_blowing_face 🌬️ fog 🌫️ moon 🌙 office 🏢 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 champagne 🍾 pizza 🍕 cake 🍰 birthday 🎂 cookie 🍪 apple 🍎
		sunny ☀️ cloud ☁️ umbrella ☔ snowflake ❄️ rainbow 🌈 earth_africa 🌍 dog 🐶 cat 🐱 panda_face 🐼 see_no_evil 🙈 hear_no_evil 🙉
		speak_no_evil 🙊 unicorn_face 🦄 snail 🐌 turtle 🐢 rose 🌹 bouquet 💐 four_leaf_clover 🍀 trophy 🏆 medal 🏅 dart 🎯 soccer ⚽
		musical_note 🎵 headphones 🎧 camera 📷 movie_camera 🎥 book 📖 books 📚 money_with_wings 💸 gift 🎁 balloon 🎈 party_popper 🎉
		partying_face 🥳 hugging_face 🤗 shrug 🤷 man-shrugging 🤷‍♂️ woman-shrugging 🤷‍♀️ facepalm 🤦 man-facepalming 🤦‍♂️ salute 🫡
		saluting_face 🫡 melting_face 🫠 orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤
		broken_heart 💔 two_hearts 💕 sparkling_heart 💖 blue_book 📘 speech_balloon 💬 thought_balloon 💭 hourglass ⏳ alarm_clock ⏰
		stopwatch ⏱️ clock1 🕐 no_entry ⛔ no_entry_sign 🚫 recycle ♻️ soon 🔜 new 🆕 ok 🆗 cool 🆒 sos 🆘 checkered_flag 🏁 ramen 🍜 dumpling 🥟`)
	for i := 0; i+1 < len(f); i += 2 {
		m[f[i]] = f[i+1]
	}
	return m
}()
