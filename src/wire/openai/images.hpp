// OpenAI's images/generations, images/edits and images/variations: request bytes to MakeImage, pictures to response
// bytes, whole or as events that begin with sketches. Edits and variations come as forms with files.
// Reference: OpenAI API reference, "Images". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"
#include "wire/multipart.hpp"

namespace entente::wire {

// `model`: where the path names it. Without either the work's model is empty.
Result<MakeImage> decode_images_request(std::string_view body, std::string_view model = {});
// `from`: pictures or a likeness.
Result<MakeImage> decode_images_form(std::string_view content_type, std::string_view body, MakeFrom from,
                                     std::string_view model = {});
// The form's members without its files.
Result<MakeImage> decode_images_members(const Json& members, MakeFrom from, std::string_view model = {});

class ImagesAnswer final : public WholeAnswer {
 public:
  explicit ImagesAnswer(std::int64_t created) : created_(created) {}  // seconds since 1970
  void add(const Event& event) override;
  std::string body() const override;

 private:
  const std::int64_t created_;
  std::vector<std::shared_ptr<const Picture>> pictures_;
  Usage usage_;
};

class ImagesStream final : public StreamedAnswer {
 public:
  ImagesStream(std::int64_t created, MakeFrom from) : created_(created), changed_(from == MakeFrom::pictures) {}
  void append(std::string& out, const Event& event) override;
  void end(std::string&) override {}
  void fail(std::string& out, const Error& error) override;

 private:
  const std::int64_t created_;
  const bool changed_;                                    // its events are called so
  std::vector<std::shared_ptr<const Picture>> pictures_;  // whole ones, which are told with the usage
};

}  // namespace entente::wire
