import anthropic
from telegram import Update
from telegram.ext import Application, MessageHandler, filters

client = anthropic.AsyncAnthropic()
CHATS = {}


async def on_message(update: Update, context):
    history = CHATS.setdefault(update.effective_chat.id, [])
    history.append({"role": "user", "content": update.message.text})
    reply = await client.messages.create(
        model="claude-sonnet-5-5", max_tokens=800, messages=history
    )
    history.append({"role": "assistant", "content": reply.content[0].text})
    await update.message.reply_text(reply.content[0].text)


app = Application.builder().token("token").build()
app.add_handler(MessageHandler(filters.TEXT, on_message))
app.run_polling()
