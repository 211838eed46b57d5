// wire/reply.hpp, every maker's decoder: the first byte chooses the maker, the second how the rest is cut into pieces.
// However it is cut, the same comes out; what comes out keeps the contract of domain/event.hpp; a refusal is the
// maker's fault, in words.
#include <algorithm>
#include <iterator>
#include <memory>
#include <set>

#include "fuzz.hpp"
#include "wire/anthropic/messages_reply.hpp"
#include "wire/bedrock/converse_reply.hpp"
#include "wire/gemini/generate_reply.hpp"
#include "wire/openai/chat_reply.hpp"
#include "wire/test_reply.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

constexpr std::uint32_t choices = 2;  // of the makers that can give several

std::unique_ptr<wire::ReplyDecoder> decoder_of(std::uint8_t maker) {
  switch (maker % 4) {
    case 0: return std::make_unique<wire::ChatReply>(choices, 40);
    case 1: return std::make_unique<wire::MessagesReply>(40);
    case 2: return std::make_unique<wire::GenerateReply>(choices, 40);
    default: return std::make_unique<wire::ConverseReply>(40);
  }
}

struct Said {
  std::vector<Event> events;
  std::vector<std::string> lines;
  bool whole = false;
};

Said said_by(std::uint8_t maker, std::string_view bytes, std::size_t piece) {
  auto decoder = decoder_of(maker);
  Said said;
  Result<> done;
  for (; !bytes.empty() && done; bytes.remove_prefix(std::min(piece, bytes.size())))
    done = decoder->feed(bytes.substr(0, piece), said.events);
  if (done) done = decoder->end(said.events);
  said.whole = done.has_value();
  for (const Event& event : said.events) said.lines.push_back(wire::as_text(event));
  if (!done) {
    require(!done.error().message.empty(), "a failure says something");
    require(done.error().message.size() <= 2000, "a failure is short");
    require(find_invalid_utf8(done.error().message) == std::string_view::npos, "a failure is said in UTF-8");
    said.lines.push_back("failed: " + done.error().reason);
  }
  return said;
}

void check_contract(const Said& said) {
  std::set<std::uint32_t> finished;
  bool started = false, used = false;
  for (const Event& event : said.events) {
    require(!used, "nothing comes behind the usage");
    if (std::holds_alternative<Started>(event)) {
      require(!started, "an answer begins once");
      started = true;
      continue;
    }
    require(started, "an answer begins before it says anything");
    if (const auto* text = std::get_if<TextDelta>(&event)) {
      require(text->choice < choices && !finished.contains(text->choice), "text belongs to a choice that runs");
      require(find_invalid_utf8(text->text) == std::string_view::npos, "texts are UTF-8");
    } else if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
      require(call->choice < choices && !finished.contains(call->choice), "a call belongs to a choice that runs");
    } else if (const auto* end = std::get_if<Finished>(&event)) {
      require(end->choice < choices && finished.insert(end->choice).second, "a choice ends once");
    } else if (const auto* usage = std::get_if<Usage>(&event)) {
      used = true;
      require(usage->prompt_tokens >= 0 && usage->completion_tokens >= 0 && usage->cached_tokens >= 0 &&
                  usage->reasoning_tokens >= 0,
              "what was used is a number of tokens");
      require(usage->cached_tokens <= usage->prompt_tokens && usage->reasoning_tokens <= usage->completion_tokens,
              "parts are no larger than the whole");
    }
  }
  require(!said.whole || used, "a whole answer says what it used");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view bytes = text_of(data + 2, size - 2);
  Said at_once = said_by(data[0], bytes, std::max<std::size_t>(bytes.size(), 1));
  check_contract(at_once);
  Said in_pieces = said_by(data[0], bytes, std::size_t{data[1]} % 31 + 1);
  // An error ends an answer wherever it was cut: what was said before it may have been given or not.
  if (at_once.whole || in_pieces.whole) require(at_once.lines == in_pieces.lines, "it does not depend on the pieces");
  require(at_once.lines.empty() || in_pieces.lines.empty() || at_once.lines.back() == in_pieces.lines.back(),
          "the end does not depend on the pieces");
  return 0;
}
