package slackgen

// The words of a small ferry company and its friends abroad.

var english = []string{
	"The 07:40 sailing leaves from pier three this week.",
	"Could somebody look at the draft timetable before lunch?",
	"I moved the crane inspection to Thursday morning.",
	"Passenger numbers are up again, mostly on the evening boats.",
	"The new ticket gate counts correctly now.",
	"Wind is forecast at force seven, so we keep the small boat in.",
	"Thanks, that is exactly what I needed.",
	"Let us keep the old price until the end of the season.",
	"The engine room report is in the shared folder.",
	"Who has the keys to the west warehouse?",
	"I think the number in the second table is wrong.",
	"We tried it twice yesterday and it held.",
	"The harbour office asked for the list of crew by Friday.",
	"Good morning, everybody.",
	"Please check the lifeboat dates when you are aboard.",
	"That would double the fuel bill, so probably not.",
	"I will write it down and send it round.",
	"The café on the upper deck runs out of soup every Sunday.",
	"Let me ask the shipyard first.",
	"It works on my laptop but not on the bridge computer.",
	"The bus from the station arrives four minutes after the boat has left.",
	"Nobody complained, which is new.",
	"Here is the short version: we wait for the part.",
	"The inspector was happy with everything but the paint.",
	"Can we talk about it after the meeting?",
	"Every second booking now comes from the new site.",
	"The dog on the 11:15 is fine, and so is the cat.",
	"I would rather change one thing at a time.",
	"We have 212 bicycles booked for Saturday & only 180 places.",
	"If speed < 9 knots the wash stays below the limit.",
	"Fog again; the horn stays on until nine.",
	"The tide table for June is printed.",
}

var foreign = []string{
	"明天早上八点的渡轮改到三号码头,请通知所有旅客。",
	"新的时刻表已经发到共享文件夹里了,大家看一下有没有问题。",
	"码头的起重机下午两点检修,货物请提前装船。",
	"台風のため、明日の最終便は欠航になります。",
	"新しい時刻表を確認しました。問題ありません。",
	"港の天気は良好です。乗客は約二百名の予定です。",
	"오늘 저녁 배는 십 분 늦게 출발합니다.",
	"ستغادر العبّارة من الرصيف الثالث صباح الغد.",
	"شكراً، الجدول الجديد واضح وممتاز.",
	"המעבורת תצא מחר מרציף שלוש בשעה שמונה.",
	"תודה רבה, קיבלתי את הרשימה.",
	"Паром отходит в восемь утра от третьего причала.",
	"Die Fähre fährt heute über die südliche Route, größere Wellen möglich.",
	"เรือเที่ยวเช้าออกตรงเวลา",
	"सुबह की नाव समय पर है।",
}

// difficult are texts that programs like to break: combining marks, joined emoji, mixed direction,
// plane 2 ideographs, zero-width characters.
var difficult = []string{
	"Cafe\u0301 menu: cre\u0300me bru\u0302le\u0301e, a\u030a la carte",
	"Crew photo 👨‍👩‍👧‍👦 👩🏽‍✈️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇯🇵 ❤️‍🔥",
	"Pier 3 שלום 07:40 مرحبا pier 4",
	"古い漢字 𠮷野家 𩸽 and ﷽",
	"zero\u200bwidth, soft\u00adhyphen, word\u2060joiner, no\u00a0break",
	"Z\u0351\u036b\u0343a\u0337\u0322l\u0348\u0321g\u0321o\u0334",
	"ｆｕｌｌ ｗｉｄｔｈ and ﬁne ligatures, ①②③",
}

var given = []string{"Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas",
	"Karin", "Liam", "Mina", "Noah", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wanda", "Yusuf", "Zoë"}

var family = []string{"Winter", "Marsh", "Okafor", "Lindqvist", "Tanaka", "Moreau", "Silva", "Novák", "Haddad", "Berg",
	"Castellan", "Ferry", "Quay", "Harbour", "Stone", "Łukasz", "Öztürk", "de la Mer", "O’Neill", "Brandt"}

// abroad are names whose first letter is not Latin; the handle is in Latin letters all the same.
var abroad = []struct{ given, family, real, handle string }{
	{"芳", "王", "王芳", "wang.fang"},
	{"健", "佐藤", "佐藤 健", "sato.ken"},
	{"محمد", "علي", "محمد علي", "m.ali"},
	{"נועה", "כהן", "נועה כהן", "noa.cohen"},
	{"민준", "김", "김민준", "kim.minjun"},
	{"Ольга", "Иванова", "Ольга Иванова", "olga.ivanova"},
}

var titles = []string{"Captain", "First mate", "Timetable planner", "Engineer", "Deckhand", "Ticket office", "Accounts",
	"Harbour liaison", "Web developer", "Cook", "", "Kundendienst", "客服", "運航管理"}

var zones = []struct {
	name, label string
	offset      int64
}{
	{"Europe/Amsterdam", "Central European Time", 3600},
	{"America/New_York", "Eastern Standard Time", -18000},
	{"Asia/Tokyo", "Japan Standard Time", 32400},
	{"Asia/Shanghai", "China Standard Time", 28800},
	{"Asia/Kolkata", "India Standard Time", 19800},
	{"Asia/Jerusalem", "Israel Standard Time", 7200},
}

var roomNames = []string{"timetable", "engine-room", "港口-调度", "ticket-office", "チャネル", "weather", "design",
	"incidents", "قناة-الطقس", "lost-and-found", "website", "crew-rota", "lunch", "safety", "partners-überfahrt", "maintenance"}

var privateNames = []string{"management", "salaries", "审计", "shipyard-contract", "hiring"}

var topics = []string{"Boats, on time", "今天的潮汐", "Be kind; write it down", "Wetter & Wellen", "Next review: <!date^1717401600^{date}|3 June>", ""}

var emojiNames = []struct{ name, unicode string }{
	{"thumbsup", "1f44d"}, {"heart", "2764-fe0f"}, {"tada", "1f389"}, {"eyes", "1f440"}, {"ship", "1f6a2"}, {"anchor", "2693"},
	{"joy", "1f602"}, {"+1", "1f44d"}, {"white_check_mark", "2705"}, {"pray", "1f64f"}, {"flag-jp", "1f1ef-1f1f5"},
	{"man-woman-girl-boy", "1f468-200d-1f469-200d-1f467-200d-1f466"},
}

var reactionNames = []string{"thumbsup", "heart", "tada", "eyes", "ship", "+1", "white_check_mark", "joy", "pray",
	"thumbsup::skin-tone-3", "wave::skin-tone-6", "ferry-blue", "ahoy", "船", "non-potable_water"}

// custom are the workspace's own emoji; an alias has no image.
var custom = []struct{ name, alias string }{
	{"ferry-blue", ""}, {"ahoy", ""}, {"tide", ""}, {"船", ""}, {"blue-boat", "ferry-blue"},
}

var links = []struct{ url, label string }{
	{"https://tides.example.org/june?pier=3&day=2", "tide table"},
	{"https://example.com/timetable", ""},
	{"https://example.net/wiki/Lock_(water_navigation)", "Lock"},
	{"mailto:office@ferry.example", "office@ferry.example"},
	{"tel:+31201234567", "+31 20 123 4567"},
	{"https://例え.example/港", "港"},
}
