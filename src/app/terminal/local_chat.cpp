#include "app/terminal/local_chat.hpp"

#include <format>
#include <optional>

#include "app/server/engine_options.hpp"
#include "app/terminal/output.hpp"
#include "net/runner.hpp"

namespace entente::app {

namespace {

using Steady = std::chrono::steady_clock;

std::chrono::microseconds since(Steady::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin);
}

Task<> read(EventStream& stream, Reply& reply, const LocalChat::OnText& on_text, Steady::time_point asked,
            const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    CO_TRY_ASSIGN(std::optional<Event> event, co_await stream.next());
    if (!event) co_return Result<>{};
    if (auto* delta = std::get_if<TextDelta>(&*event); delta && !delta->text.empty()) {
      if (reply.text.empty()) reply.first_token = since(asked);
      reply.text += delta->text;
      if (on_text) on_text(delta->text);
    } else if (auto* finished = std::get_if<Finished>(&*event)) {
      reply.finish = finished->reason;
    }
  }
  co_return fail(ErrorCode::cancelled, "The answer was stopped.");
}

Task<Reply> answer(local::Engine& engine, std::shared_ptr<const Chat> chat, const LocalChat::OnText& on_text,
                   const std::stop_token& stop) {
  Steady::time_point asked = Steady::now();
  CO_TRY_ASSIGN(auto ticket, co_await engine.offer(std::move(chat), Principal{}, ""));
  CO_TRY_ASSIGN(auto stream, ticket->start());
  Reply reply;
  Result<> ended = co_await read(*stream, reply, on_text, asked, stop);
  reply.stopped = !ended && ended.error().code == ErrorCode::cancelled;
  if (!ended && !reply.stopped) co_return fail(ended.error());
  reply.usage = stream->usage_so_far();
  reply.whole = since(asked);
  co_return reply;
}

}  // namespace

Result<LocalChat> LocalChat::load(const ModelFile& file, const config::Engine& settings, Manner manner,
                                  const std::stop_token& stop) {
  ProgressBar bar("Loading the model");
  local::EngineOptions options = engine_options(settings);
  options.file = file.path;
  options.sampling = file.sampling;
  options.sequences = 1;  // there is one conversation
  TRY_ASSIGN(auto engine, local::Engine::load(options, [&](float done) {
               bar.show(static_cast<std::uint64_t>(done * 100), 100);
               return !stop.stop_requested();
             }));
  return LocalChat(std::move(engine), std::move(manner));
}

Result<Reply> LocalChat::say(const Conversation& conversation, const OnText& on_text, const std::stop_token& stop) {
  auto chat = std::make_shared<Chat>();
  chat->conversation = conversation;
  chat->sampling = manner_.sampling;
  chat->max_tokens = manner_.max_tokens;
  return net::run_blocking(answer(*engine_, std::move(chat), on_text, stop), stop);
}

}  // namespace entente::app
