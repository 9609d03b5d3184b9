package pdf

// chinese are the documents' words in Simplified Chinese.
var chinese = map[string]string{
	"Chat history": "聊天记录", "Appendix": "附录", "Contents": "目录", "Index": "索引", "Index of all documents": "全部文档索引", "Documents": "文档", "People": "人员", "Conversations": "会话", "Custom emoji": "自定义表情",
	"Page %s of": "第 %s 页，共", "%s pages": "%s 页", "No. %s": "第 %s 号", "No. %s to %s": "第 %s 至 %s 号", "No. %s, continued": "第 %s 号（续）", "No. %s, page %s": "第 %s 号，第 %s 页", "Thread of No. %s, continued": "第 %s 号的话题（续）",
	"A thread whose first message is not in this history": "首条消息不在本记录中的话题", "%s messages": "%s 条消息", "%s attachments": "%s 个附件", "%s replies": "%s 条回复", "%s edited": "%s 条已编辑", "%s deleted": "%s 条已删除",
	"Kind": "类型", "Key in the records": "记录中的键", "Topic": "主题", "Purpose": "用途", "Period": "时间范围", "Part": "部分", "Messages": "消息", "Attachments": "附件", "%s without their bytes": "%s 个没有内容", "and %s more": "等另外 %s 人",
	"Written by": "发言者", "Made from": "来源", "records that stand beside this document": "本文档旁的记录", "Made by": "生成工具", "Times": "时间", "in the zone %s": "时区 %s", "Characters without a glyph": "无字形的字符",
	"%s, of %s kinds, are shown as their number, such as [U+1F600]": "%s 个，共 %s 种，以编号显示，例如 [U+1F600]", "The bookmarks of this document list all of them.": "本文档的书签列出全部条目。",
	"Fonts": "字体", "The letters of this document are embedded from these files. Their digests are SHA-256.": "本文档的字形取自以下文件并已嵌入，摘要为 SHA-256。", "part of Chatferry": "Chatferry 内置",
	"Index of exhibits": "证物索引", "The files stand beside this document, in the folder media, named by their SHA-256.": "文件位于本文档旁的 media 文件夹，以其 SHA-256 命名。", "Members": "成员", "joined %s": "加入于 %s", "left %s": "离开于 %s",
	"No font that was at hand has these characters, or they must not act on the text around them. Each stands on the pages as its number; the records have the character.":                                                                           "可用字体均无这些字符，或这些字符不得影响周围文本。页面上以编号显示，记录中保留原字符。",
	"Beside the documents stand the attachments in the folder media, and in the folder records the full data that every page was made from. manifest-sha256.txt names all files with their digests; “sha256sum -c manifest-sha256.txt” checks them.": "文档旁的 media 文件夹存放附件，records 文件夹存放每一页所依据的完整数据。manifest-sha256.txt 列出全部文件及其摘要，可用 “sha256sum -c manifest-sha256.txt” 核对。",
	"control character": "控制字符", "none": "无", "part %s": "第 %s 部分", "Without a conversation": "不属于任何会话",
	"public channel": "公开频道", "private channel": "私有频道", "direct conversation": "私聊", "group conversation": "群聊", "workspace": "工作区", "space": "空间", "broadcast": "广播", "meeting": "会议", "conversation with a model": "与模型的对话", "conversation": "会话",
	"archived": "已归档", "deleted": "已删除", "edited": "已编辑", "pinned": "已置顶", "hidden": "已隐藏", "flagged": "已标记", "bot": "机器人", "guest": "访客", "external": "外部", "account %s": "账号 %s", "also sent to the conversation": "同时发送到会话",
	"human": "真人", "app": "应用", "system": "系统", "unknown": "未知", "deactivated": "已停用",
	"joined the conversation": "加入了会话", "left the conversation": "离开了会话", "renamed the conversation": "重命名了会话", "set the topic": "设置了主题", "set the purpose": "设置了用途", "archived the conversation": "归档了会话",
	"opened the conversation again": "重新打开了会话", "pinned something": "置顶了内容", "unpinned something": "取消了置顶", "set a reminder": "设置了提醒",
	"In reply to No. %s": "回复第 %s 号", "In reply to an earlier message": "回复更早的消息", "This message was deleted": "此消息已被删除", "The source says that a message is here and may not be read": "来源表明此处有一条不可读取的消息",
	"Made by the migration: the source does not have this message": "由迁移程序补上：来源中没有这条消息", "The source could not decrypt this message": "来源无法解密此消息", "Some bytes of this text are not valid characters; the record has them": "文本中有些字节不是有效字符，记录中保留了它们",
	"Edited": "编辑", "Quoted": "引用", "Forwarded": "转发", "Poll": "投票", "closed": "已结束", "Call": "通话", "Place": "位置", "Contact": "联系人", "Reasoning": "推理过程", "Tool": "工具", "Earlier version %d of %d": "早期版本 %d / %d",
	"edited No. %s": "编辑了第 %s 号", "edited a message": "编辑了一条消息", "deleted No. %s": "删除了第 %s 号", "deleted a message": "删除了一条消息", "Before": "之前", "After": "之后", "Analysis": "分析", "a message": "一条消息", "picture": "图片",
	"file": "文件", "Exhibit %s": "证物 %s", "missing from the source": "来源中缺失", "expired before it could be saved": "保存前已过期", "the source did not allow it to be read": "来源不允许读取", "too large to be saved": "过大，未保存",
	"kept on another server": "保存在其他服务器上", "withheld by the source": "被来源保留", "deleted in the source": "在来源中已删除", "Description": "说明", "Transcript": "转写", "Excerpt": "摘录",
	"Monday": "星期一", "Tuesday": "星期二", "Wednesday": "星期三", "Thursday": "星期四", "Friday": "星期五", "Saturday": "星期六", "Sunday": "星期日",
}
