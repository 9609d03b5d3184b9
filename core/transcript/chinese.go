package transcript

import "time"

// chinese is Simplified Chinese.
var chinese = &Words{
	Code: "zh-Hans",
	Day:  func(t time.Time) string { return t.Format("2006年1月2日") + " " + weekdays[t.Weekday()] },
	Events: map[string]string{
		"join": "%1 加入了会话", "leave": "%1 离开了会话", "rename": "%1 重命名了会话",
		"topic": "%1 设置了主题", "purpose": "%1 设置了用途", "archive": "%1 归档了会话",
		"unarchive": "%1 重新打开了会话", "pin": "%1 置顶了内容", "unpin": "%1 取消了置顶", "reminder": "%1 设置了提醒",
	},
	Kinds: map[string]string{
		"public": "频道", "private": "私有频道", "direct": "私聊", "group": "群聊", "workspace": "工作区", "space": "空间",
		"broadcast": "广播", "meeting": "会议", "ai": "与模型的对话", "unknown": "未知",
		"human": "真人", "bot": "机器人", "app": "应用", "guest": "访客", "system": "系统", "deleted": "已删除的账号",
	},
	States: map[string]string{
		"missing": "来源中缺失", "expired": "保存前已过期", "forbidden": "来源不允许读取",
		"too_large": "过大，未保存", "remote": "保存在其他服务器上", "withheld": "被来源保留", "deleted": "在来源中已删除",
		"answered": "已接听", "missed": "未接听", "declined": "已拒绝", "ended": "已结束",
	},
	Modes: map[string]string{
		"tombstone": "来源只保留了它存在过的痕迹", "recalled": "被作者撤回", "retention": "按保留规则删除", "moderator": "被管理员删除",
		"read": "已读", "delivered": "已送达", "flagged": "已标记", "high": "高", "urgent": "紧急", "low": "低",
	},
	Roles:  map[string]string{"user": "用户", "assistant": "助手", "system": "系统", "tool": "工具"},
	Causes: map[string]string{"listed": "导出时列为成员", "join": "自行加入", "invite": "受邀加入", "import": "由导入添加", "": ""},
	Nobody: "无作者", PostedBy: "由 %1 发布", Bot: "机器人", App: "应用", Guest: "访客", Acts: "动作",
	Edited: "已编辑", Pinned: "已置顶", Hidden: "已隐藏", Flagged: "已标记", Broadcast: "同时发送到会话", Deleted: "已删除",
	ZoneAssumed: "时区为推定", ZoneUnknown: "时区未知", TimeUnknown: "时间未知", NoDate: "无日期",
	InReplyTo: "回复 %1", ReplyInThread: "话题的首条消息不在此处：%1", EarlierMessage: "%1，%2", SomeMessage: "消息 %1",
	ThreadSaid: "来源称此话题有 %1 条回复，%2 人参与", ThreadLocked: "此话题已锁定",
	Targets: "涉及：%1", OldNew: "由“%1”改为“%2”", OldOnly: "之前：“%1”", NewOnly: "现在：“%1”", About: "对象：%1", OfKind: "消息类型：%1",
	Tombstone: "此消息已被删除", DeletedBy: "此消息已被 %1 删除", DeletedAt: "此消息已被删除，%1", DeletedByAt: "此消息已被 %1 删除，%2", How: "删除方式：%1",
	Withheld: "来源表明此处有一条不可读取的消息", Placeholder: "由迁移程序补上：来源中没有这条消息",
	Undecryptable: "来源无法解密此消息", NoText: "没有文字", BadBytes: "文本中有些字节不是有效字符，原始记录中保留了它们",
	EditedBy: "由 %1 编辑", EditedAt: "编辑于 %1", EditedByAt: "由 %1 编辑，%2",
	Version: "早期版本", VersionBy: "早期版本，后由 %1 编辑", VersionAt: "早期版本，编辑于 %1", VersionByAt: "早期版本，后由 %1 编辑于 %2",
	PinnedBy: "置顶：%1", FlaggedBy: "标记：%1", ReceivedAt: "收到于 %1", ExpiresAt: "过期于 %1", Important: "重要性：%1", HiddenFrom: "对其隐藏：%1", Labels: "标签：%1",
	PartOf: "第 %1 部分，共 %2 部分", Moved: "为适应目标系统，时间移动了 %1 毫秒", Receipts: "%1：%2", Reactions: "回应：%1",
	Quoted: "引用", QuotedBy: "引用：%1", Forwarded: "转发", ForwardedBy: "转发：%1", Link: "链接：%1", Card: "卡片：%1", Poll: "投票：%1", Votes: "%1 – 票数：%2", Voters: "%1 – 票数：%2（%3）",
	Multiple: "可多选", Total: "合计：%1", Closed: "已结束",
	Call: "通话", CallBy: "由 %1 发起", CallFrom: "开始于 %1", CallUntil: "结束于 %1", CallFromUntil: "从 %1 到 %2", With: "参与者：%1",
	Place: "位置：%1", Contact: "联系人：%1", VCard: "记录中保留了完整名片", Structured: "记录中保留了其版式和按钮",
	Model: "模型：%1", Reasoning: "推理过程", ToolCall: "工具：%1", ToolResult: "%1 的结果", Usage: "用量：%1", Finish: "结束原因：%1", Branch: "分支：%1", Prompt: "提示词：%1",
	ChangeEdit: "编辑了一条消息：%1", ChangeDelete: "删除了一条消息：%1", Before: "之前", After: "之后", Analysis: "分析：%1", AnalysisOf: "依据：%1", Confidence: "置信度：%1",
	File: "文件：%1", Digest: "SHA-256 %1", Bytes: "字节", Recognised: "其内容为 %1", Measures: "%1 × %2", Seconds: "%1 秒", UploadedBy: "由 %1 上传", UploadedAt: "上传于 %1",
	Title: "标题：%1", Alt: "说明：%1", Spoken: "文字转录", Excerpt: "摘录",
	HeldBy: "保存方：%1", HeldAt: "地址：%1", NotAttached: "未附在此邮件中：过大", Gone: "不在此处：%1", Lost: "已不在此处，或已被改动",
	And: "、", Separator: "，", Colon: "：", Open: "（", Close: "）",
	UserName: "用户名", RealName: "真实姓名", ID: "编号", Phone: "电话", Departments: "部门", Position: "职位", Account: "账号", Deactivated: "账号已停用", External: "属于其他组织",
	MergedInto: "与此为同一人", Owner: "所有者", OnlyInMessages: "不在来源的名单中，仅见于消息", Member: "成员", Joined: "加入", Left: "离开", Role: "角色", Cause: "依据", InvitedBy: "邀请人",
	Emoji: "表情", AliasFor: "同", Aliases: "别名", Created: "创建", PartOfPlace: "属于", ShortName: "短名称", Custodian: "保管人", Retention: "保留规则",
	Archive: "聊天存档", Conversations: "会话", Conversation: "会话", People: "人员",
	Topic: "主题", Purpose: "用途", Members: "成员", Archived: "已归档",
	TimesIn: "时间所用时区：%1", Continued: "上接 %1", ContinuedIn: "下接 %1", ThreadFrom: "话题中的回复，首条消息：%1", ThreadAt: "话题中的回复（首条消息：%2）：%1 条", See: "见 %1", CountMessages: "%1 条消息", CountFiles: "%1 个文件", CountEntries: "%1 个其他条目", Memberships: "成员关系", Emojis: "表情", Directory: "名录", Analyses: "分析结果", Unnamed: "未命名",
	Names: "曾用名", Emails: "电子邮件", Whole: "全部记录原样保存在 records 文件夹中。", Entries: "%1 个条目", PartNumber: "第 %1 部分", NoMessages: "没有消息", MadeOf: "%1 条消息，%2 个会话，%3 人",
}

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}
