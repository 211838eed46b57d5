// multipart/form-data, as browsers and SDKs upload files with (RFC 7578): the parts of a body that came whole, what
// they say as a JSON object, and such a body written. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/json.hpp"

namespace entente::wire {

struct FormPart {
  std::string name;
  std::string filename;  // empty: it is no file
  std::string_view content;
};

// `content_type`: the request's header, which says what stands between the parts. The parts' contents stay in `body`.
Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body);

// The parts that are no file as an object, so that Fields can check them: "a[]" is an item of the list a, "a[b]" the
// member b of a. A form knows texts only: `numbers` and `booleans` name the parts that shall be something else, and
// stay texts where they are not; a number without a point or an exponent is an integer. Parts named `file` are left
// out.
Result<Json> form_members(const std::vector<FormPart>& parts, std::string_view file,
                          std::span<const std::string_view> numbers, std::span<const std::string_view> booleans);

// A body written part by part. The mark between the parts is drawn at random: a text of the client's that held it would
// become parts of its own, and another model's name among them.
class FormWriter {
 public:
  explicit FormWriter(std::size_t file_bytes);
  void text(std::string_view name, std::string_view value);
  void file(std::string_view name, std::string_view filename, std::string_view content,
            std::string_view type = "application/octet-stream");
  std::string content_type() const;
  std::string finish() &&;

 private:
  void begin(std::string_view name);
  const std::string mark_;
  std::string out_;
};

// A call to a maker whose body is a form.
struct FormCall {
  std::string content_type, body;
};

}  // namespace entente::wire
