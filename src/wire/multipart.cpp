#include "wire/multipart.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <optional>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_parts = 64;

std::unexpected<Error> broken(std::string message) {
  return fail({.code = ErrorCode::invalid_request, .message = std::move(message), .reason = "invalid_multipart"});
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Of `form-data; name="file"; filename="a.jsonl"`, the value of one parameter; quotes may be missing.
std::string parameter(std::string_view header, std::string_view wanted) {
  bool quoted = false;
  for (std::size_t begin = 0, i = 0; i <= header.size(); ++i) {
    if (i < header.size() && header[i] == '"' && (i == 0 || header[i - 1] != '\\')) quoted = !quoted;
    if (i < header.size() && (quoted || header[i] != ';')) continue;
    std::string_view pair = trimmed(header.substr(begin, i - begin));
    begin = i + 1;
    std::size_t equals = pair.find('=');
    if (equals == pair.npos || to_lower(trimmed(pair.substr(0, equals))) != wanted) continue;
    std::string_view value = trimmed(pair.substr(equals + 1));
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    std::string out;
    for (std::size_t at = 1; at + 1 < value.size(); ++at) {
      if (value[at] == '\\' && at + 2 < value.size() && (value[at + 1] == '"' || value[at + 1] == '\\')) ++at;
      out += value[at];
    }
    return out;
  }
  return {};
}

void read_head(std::string_view head, FormPart& part) {
  while (!head.empty()) {
    std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    std::size_t colon = line.find(':');
    if (colon == line.npos || to_lower(trimmed(line.substr(0, colon))) != "content-disposition") continue;
    part.name = parameter(line.substr(colon + 1), "name");
    part.filename = parameter(line.substr(colon + 1), "filename");
  }
}

}  // namespace

Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body) {
  if (to_lower(content_type.substr(0, 19)) != "multipart/form-data") {
    return fail({.code = ErrorCode::invalid_request,
                 .message = "The header Content-Type must be multipart/form-data here: a file is uploaded as a form.",
                 .reason = "unsupported_media_type"});
  }
  std::string between = parameter(content_type, "boundary");
  if (between.empty() || between.size() > 70) return broken("The header Content-Type must name the form's boundary.");
  std::string mark = "\r\n--" + between;
  std::vector<FormPart> parts;
  std::string_view first = std::string_view(mark).substr(2);
  if (!body.starts_with(first)) return broken("The form does not begin with its boundary.");
  body.remove_prefix(first.size());
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return broken("A boundary of the form is not at the end of its line.");
    body.remove_prefix(2);
    if (parts.size() == most_parts) return broken("The form has too many parts.");
    FormPart part;
    std::size_t empty_line = body.starts_with("\r\n") ? 0 : body.find("\r\n\r\n");
    if (empty_line == body.npos) return broken("A part of the form has no end of its head.");
    read_head(body.substr(0, empty_line), part);
    // The empty line may be all of the head; then the mark may follow at once.
    body.remove_prefix(empty_line + (empty_line == 0 ? 0 : 2));
    std::size_t end = body.find(mark);
    if (end == body.npos || part.name.empty())
      return broken(end == body.npos ? "The form is cut: its last boundary is missing."
                                     : "A part of the form has no name.");
    if (end > 0) part.content = body.substr(2, end - 2);
    body.remove_prefix(end + mark.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

namespace {

Json value_of(std::string_view text, bool number, bool boolean) {
  if (boolean && (text == "true" || text == "false")) return {text == "true"};
  auto read_as = [text](auto value) -> std::optional<Json> {
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Json{value};
  };
  if (number) {
    if (auto whole = read_as(std::int64_t{})) return *std::move(whole);
    if (auto value = read_as(double{})) return *std::move(value);
  }
  return {std::string(text)};
}

Json& member(Json::Object& of, std::string_view name) {
  auto found = std::ranges::find(of, name, &Json::Object::value_type::first);
  return found != of.end() ? found->second : of.emplace_back(std::string(name), Json{}).second;
}

std::unexpected<Error> twice(std::string_view name) {
  return fail({.code = ErrorCode::invalid_request,
               .message = std::format("The form has the part '{}' twice.", shortened(name)),
               .reason = "invalid_multipart",
               .param = std::string(shortened(name))});
}

// Nobody can know it beforehand, and put it into a text.
std::string made_up_mark() {
  std::array<std::uint8_t, 20> bytes;
  random_bytes(bytes);
  return "entente-" + to_hex(bytes);
}

}  // namespace

Result<Json> form_members(const std::vector<FormPart>& parts, std::string_view file,
                          std::span<const std::string_view> numbers, std::span<const std::string_view> booleans) {
  Json::Object members;
  for (const FormPart& part : parts) {
    if (part.name == file) continue;
    if (find_invalid_utf8(part.name) != std::string_view::npos ||
        find_invalid_utf8(part.content) != std::string_view::npos)
      return broken("A part of the form is no UTF-8.");
    std::string_view name = part.name;
    std::size_t bracket = name.ends_with(']') ? name.find('[') : name.npos;
    std::string_view outer = name.substr(0, bracket);
    Json& into = member(members, outer);
    Json value = value_of(part.content, std::ranges::contains(numbers, name), std::ranges::contains(booleans, name));
    if (bracket == name.npos) {
      if (!into.is_null()) return twice(name);
      into = std::move(value);
      continue;
    }
    std::string_view inner = name.substr(bracket + 1, name.size() - bracket - 2);
    if (inner.empty()) {
      if (into.is_null()) into.value = Json::Array{};
      auto* list = std::get_if<Json::Array>(&into.value);
      if (!list) return twice(outer);
      list->push_back(std::move(value));
    } else {
      if (into.is_null()) into.value = Json::Object{};
      auto* object = std::get_if<Json::Object>(&into.value);
      if (!object || !member(*object, inner).is_null()) return twice(name);
      member(*object, inner) = std::move(value);
    }
  }
  return Json{std::move(members)};
}

FormWriter::FormWriter(std::size_t file_bytes) : mark_(made_up_mark()) { out_.reserve(file_bytes + 2048); }

void FormWriter::begin(std::string_view name) {
  out_.append("--").append(mark_).append("\r\nContent-Disposition: form-data; name=\"").append(name).append("\"");
}

void FormWriter::text(std::string_view name, std::string_view value) {
  begin(name);
  out_.append("\r\n\r\n").append(value).append("\r\n");
}

void FormWriter::file(std::string_view name, std::string_view filename, std::string_view content,
                      std::string_view type) {
  begin(name);
  out_ += "; filename=\"";
  for (char c : filename) {
    if (c == '"' || c == '\\') out_ += '\\';
    out_ += static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  }
  out_.append("\"\r\nContent-Type: ").append(type).append("\r\n\r\n").append(content).append("\r\n");
}

std::string FormWriter::content_type() const { return "multipart/form-data; boundary=" + mark_; }

std::string FormWriter::finish() && {
  out_.append("--").append(mark_).append("--\r\n");
  return std::move(out_);
}

}  // namespace entente::wire
