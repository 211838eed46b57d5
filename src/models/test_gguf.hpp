// For tests of this room: GGUF files made field by field.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/test_folder.hpp"

namespace entente::models {

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Bytes of a GGUF file, in the order of the format.
class Gguf {
 public:
  template <class Number>
  Gguf& number(Number value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
    return *this;
  }
  Gguf& raw(std::string_view bytes) {
    out_ += bytes;
    return *this;
  }
  Gguf& text(std::string_view text) { return number<std::uint64_t>(text.size()).raw(text); }

  Gguf& head(std::uint64_t tensors, std::uint64_t values, std::uint32_t version = 3) {
    return raw("GGUF").number(version).number(tensors).number(values);
  }
  Gguf& text_value(std::string_view key, std::string_view value) {
    return text(key).number<std::uint32_t>(8).text(value);
  }
  Gguf& u32_value(std::string_view key, std::uint32_t value) {
    return text(key).number<std::uint32_t>(4).number(value);
  }
  // Of F32 (type 0), one dimension.
  Gguf& tensor(std::string_view name, std::uint64_t elements, std::uint64_t offset, std::uint32_t type = 0) {
    return text(name).number<std::uint32_t>(1).number(elements).number(type).number(offset);
  }
  Gguf& align(std::size_t to = 32) {
    out_.resize((out_.size() + to - 1) / to * to);
    return *this;
  }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

// A whole, small, valid file. `filler` makes different ones; `elements` sets its size: 4 bytes each.
inline std::string small_gguf(char filler = 'x', std::size_t elements = 64) {
  Gguf file;
  file.head(1, 5)
      .text_value("general.architecture", "llama")
      .text_value("general.name", "Tiny")
      .u32_value("general.file_type", 3)
      .u32_value("llama.context_length", 2048)
      .text_value("tokenizer.chat_template", "{{ messages }}")
      .tensor("weights", elements, 0)
      .align()
      .raw(std::string(elements * 4, filler));
  return file.bytes();
}

}  // namespace entente::models
