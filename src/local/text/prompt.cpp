#include "local/text/prompt.hpp"

#include <algorithm>

namespace entente::local {

ControlSpellings::ControlSpellings(std::vector<std::string> spellings) : spellings_(std::move(spellings)) {
  std::erase(spellings_, "");
  std::ranges::sort(spellings_);
  for (const std::string& spelling : spellings_) first_bytes_[static_cast<unsigned char>(spelling[0])] = true;
}

std::size_t ControlSpellings::at_begin_of(std::string_view text) const {
  if (text.empty() || !first_bytes_[static_cast<unsigned char>(text[0])]) return 0;
  std::size_t longest = 0;
  auto same_byte =
      std::ranges::equal_range(spellings_, text[0], {}, [](const std::string& spelling) { return spelling[0]; });
  for (const std::string& spelling : same_byte) {
    if (text.starts_with(spelling)) longest = std::max(longest, spelling.size());
  }
  return longest;
}

namespace {

// Everything in a part that a template may write into the prompt.
template <class Text>
struct EachText {
  Text& text;
  void operator()(auto& part) const
    requires requires { part.text; }
  {
    text(part.text);
  }
  void operator()(ToolCall& call) const {
    text(call.name);
    text(call.arguments);
  }
  void operator()(ImagePart&) const {}  // its bytes are not text
};

template <class Text>
void for_each_text(Conversation& conversation, Tooling& tooling, Text text) {
  for (Tool& tool : tooling.tools) {
    text(tool.name);
    text(tool.description);
    text(tool.parameters);
  }
  for (Message& message : conversation) {
    text(message.name);
    for (Part& part : message.parts) std::visit(EachText<Text>{text}, part);
  }
}

bool holds(Conversation& conversation, Tooling& tooling, std::string_view mark) {
  bool found = false;
  for_each_text(conversation, tooling, [&](const std::string& text) { found = found || text.contains(mark); });
  return found;
}

// Private-use characters U+E000 to U+E0FF; a conversation that holds all of them would be a strange one.
std::string private_character(unsigned number) {
  return {'\xEE', static_cast<char>(0x80 + number / 64), static_cast<char>(0x80 + number % 64)};
}

std::string guarded(std::string_view text, const ControlSpellings& spellings, const Marks& marks) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = spellings.at_begin_of(text);
    if (length > 0) {
      out.append(marks.open).append(text.substr(0, length)).append(marks.close);
      text.remove_prefix(length);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

Marks guard(Conversation& conversation, Tooling& tooling, const ControlSpellings& spellings) {
  std::vector<std::string> free;
  for (unsigned number = 0; number < 256 && free.size() < 3; ++number) {
    if (std::string mark = private_character(number); !holds(conversation, tooling, mark))
      free.push_back(std::move(mark));
  }
  if (free.size() < 3) {  // then nobody misses three of them
    free = {private_character(0), private_character(1), private_character(2)};
    for_each_text(conversation, tooling, [&](std::string& text) {
      for (const std::string& mark : free) {
        while (text.contains(mark)) text.erase(text.find(mark), mark.size());
      }
    });
  }
  Marks marks{.open = free[0], .close = free[1], .picture = free[2]};
  for_each_text(conversation, tooling, [&](std::string& text) { text = guarded(text, spellings, marks); });
  return marks;
}

std::vector<PromptPart> split_guarded(std::string_view rendered, const Marks& marks) {
  std::vector<PromptPart> parts;
  bool plain = false;
  while (!rendered.empty()) {
    const std::string& mark = plain ? marks.close : marks.open;
    std::size_t length = std::min(rendered.find(mark), rendered.size());
    if (length > 0) parts.push_back({rendered.substr(0, length), plain});
    rendered.remove_prefix(std::min(length + mark.size(), rendered.size()));
    plain = !plain;
  }
  return parts;
}

}  // namespace entente::local
