package html

// chinese are the site's words in Simplified Chinese.
var chinese = map[string]string{
	// frames and navigation
	"Chat archive": "聊天存档", "Skip to content": "跳到正文", "Site": "站点", "Conversations": "会话", "Search": "搜索", "People": "人员",
	"Statistics": "统计", "Completeness": "完整性", "Times are in the zone": "时间所用时区：", "Pages": "分页", "page %s": "第 %s 页", "Thread": "话题", "‹ Earlier": "‹ 较早", "Later ›": "较晚 ›",
	"Made by Chatferry; works without a network.": "由 Chatferry 生成，无需网络即可阅读。", "About and calendar": "简介与日历", "Analyses": "分析结果",
	"Previous day": "前一天", "Next day": "后一天", "Pictures": "图片", "Pinned": "已置顶", "Calendar": "日历",
	// the first page and lists
	"Search all messages": "搜索全部消息", "Filter this list": "筛选此列表", "Messages": "消息", "From": "从", "To": "到", "Channels": "频道", "Private channels": "私有频道",
	"Group conversations": "群聊", "Direct messages": "私聊", "Other": "其他", "Read from the beginning": "从头阅读", "Read the latest": "阅读最新", "Search in it": "在此会话中搜索",
	"%s message|%s messages": "%s 条消息", "%s file|%s files": "%s 个文件", "%s picture|%s pictures": "%s 张图片", "%s member|%s members": "%s 位成员", "%s entry|%s entries": "%s 条",
	// messages
	"%s reply|%s replies": "%s 条回复", "edited": "已编辑", "pinned": "已置顶", "hidden": "已隐藏", "flagged": "已标记", "bot": "机器人", "guest": "访客",
	"also sent to the conversation": "同时发送到会话", "edited, %s earlier version|edited, %s earlier versions": "已编辑，%s 个早期版本",
	"This message was deleted": "此消息已被删除", "The source says that a message is here and may not be read": "来源表明此处有一条不可读取的消息",
	"Made by the migration: the source does not have this message": "由迁移程序补上：来源中没有这条消息", "The source could not decrypt this message": "来源无法解密此消息",
	"Some bytes of this text are not valid characters; the record has them": "文本中有些字节不是有效字符，原始记录中保留了它们",
	"This message is long and cut here; its record has all of it":           "此消息过长，在此截断；其记录中有全文", "In reply to": "回复", "an earlier message": "更早的消息",
	"the quoted message": "被引用的消息", "the message": "该消息", "edited a message": "编辑了一条消息", "deleted a message": "删除了一条消息", "closed": "已结束", "Call": "通话", "Reasoning": "推理过程",
	"A thread whose first message is not in this archive": "此话题的首条消息不在本存档中", "This thread began on an earlier page": "此话题始于前面的页", "The thread may go on on the next page": "话题可能在下一页继续",
	"joined the conversation": "加入了会话", "left the conversation": "离开了会话", "renamed the conversation": "重命名了会话", "set the topic": "设置了主题", "set the purpose": "设置了用途",
	"archived the conversation": "归档了会话", "opened the conversation again": "重新打开了会话", "pinned something": "置顶了内容", "unpinned something": "取消了置顶", "set a reminder": "设置了提醒",
	// files
	"file": "文件", "missing from the source": "来源中缺失", "expired before it could be saved": "保存前已过期", "the source did not allow it to be read": "来源不允许读取", "too large to be saved": "过大，未保存",
	"kept on another server": "保存在其他服务器上", "withheld by the source": "被来源保留", "the dump has only its address": "转储中只有其地址", "deleted in the source": "在来源中已删除", "here, with their bytes": "已保存内容",
	// people
	"Search in them": "在其中搜索", "Activity": "活动", "Kind": "类型", "User name": "用户名", "Real name": "真实姓名", "E-mail": "电子邮件", "Phone": "电话", "Departments": "部门", "Roles": "角色",
	"Status": "状态", "Time zone": "时区", "Id": "编号", "Earlier names": "曾用名", "Account": "账号", "deactivated": "已停用", "Organisation": "组织", "another one": "其他组织",
	"human": "真人", "app": "应用", "system": "系统", "unknown": "未知", "deleted": "已删除", "archived": "已归档",
	// statistics and completeness
	"Messages per month": "每月消息数", "Hours of the week": "每周时段", "Most active people": "最活跃的人", "Most active conversations": "最活跃的会话", "Attachments by kind": "附件类型", "Messages by kind": "消息类型",
	"Mon": "周一", "Tue": "周二", "Wed": "周三", "Thu": "周四", "Fri": "周五", "Sat": "周六", "Sun": "周日",
	"Monday": "星期一", "Tuesday": "星期二", "Wednesday": "星期三", "Thursday": "星期四", "Friday": "星期五", "Saturday": "星期六", "Sunday": "星期日",
	"What this site holds, what the source itself says is not there, and how to check that nothing was changed.": "本站点包含什么、来源自称缺少什么，以及如何确认没有任何改动。",
	"Records": "记录", "Attachments": "附件", "person": "人员", "conversation": "会话", "message": "消息", "revision": "修订", "analysis": "分析", "What the source says of itself": "来源对自身的说明",
	"replies that first messages say they have": "首条消息声称的回复数", "replies that are here": "实际存在的回复数", "threads whose first message is not here": "缺少首条消息的话题", "reactions of people the source does not name": "来源未指明人员的回应",
	"messages the source marks as edited": "来源标记为已编辑的消息", "messages the source marks as deleted": "来源标记为已删除的消息", "Check it yourself": "自行核对",
	"All files are as they were written when this command, in this folder, reports nothing:":                    "在此文件夹中运行以下命令，若无任何输出，则所有文件均与写入时一致：",
	"That each page shows exactly its records, and that no record is missing, is what the next command proves:": "每一页是否恰好显示其记录、是否没有缺失记录，由以下命令证明：",
	"Verdicts, filters, losses and gaps": "结论、筛选、损失与缺口",
	"They are known only when a run has ended and everything was read back, so they are not on this page, which would then vouch for itself. The certificate of the run tells them.": "只有在运行结束并全部回读之后才能得知，因此不在本页上，否则本页就是在为自己作证。运行的证书会说明这些内容。",
	"Open the certificate": "打开证书", "it has to be copied together with this folder": "须与此文件夹一同复制",
	"text": "文本", "image": "图片", "video": "视频", "audio": "音频", "application": "应用文件", "comment": "评论", "join": "加入", "leave": "离开", "topic": "主题", "call": "通话", "poll": "投票",
	// search
	"Words": "词语", "Person": "人员", "Conversation": "会话", "From day": "起始日期", "To day": "结束日期", "With a file": "含文件", "More results": "更多结果",
	"A word is found by its beginning too. Put a phrase into quotation marks.":     "输入词首也能找到单词。短语请加引号。",
	"The search needs the scripts of this folder, which the browser does not run.": "搜索需要本文件夹中的脚本，而浏览器未运行它们。",
	"%s result|%s results": "%s 条结果", "more than %s results": "超过 %s 条结果", "searching": "正在搜索", "nothing found": "没有找到", "Filter conversations": "筛选会话",
	"Type a word of two letters or more": "请输入至少两个字母", "Go to date": "跳到日期", "Record": "记录", "Close": "关闭", "Copy link": "复制链接", "this page needs its data beside it": "此页需要旁边的数据文件",
	"Show or hide the conversations": "显示或隐藏会话列表", "too many words begin like this: type more": "以此开头的词太多，请多输入一些", "Search here": "在此搜索", "Show all": "显示全部",
}
