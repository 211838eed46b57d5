#include "local/libllama/picture_size.hpp"

#include <string>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

using namespace std::string_literals;

const std::string png = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x02\0\0\0\x07"s;
// An APP0 segment, a Huffman table, filling, then a progressive frame of 7 rows and 258 columns.
const std::string jpeg = "\xff\xd8\xff\xe0\0\x04zz\xff\xc4\0\x03z\xff\xff\xc2\0\x11\x08\0\x07\x01\x02"s;

TEST(PictureSize, IsReadFromTheHead) {
  EXPECT_EQ(picture_size(png), (PictureSize{.width = 258, .height = 7}));
  EXPECT_EQ(picture_size(jpeg), (PictureSize{.width = 258, .height = 7}));
}

TEST(PictureSize, WhatIsCutOrSomethingElseHasNone) {
  for (std::size_t length = 0; length < png.size(); ++length) EXPECT_FALSE(picture_size(png.substr(0, length)));
  for (std::size_t length = 0; length < jpeg.size(); ++length) EXPECT_FALSE(picture_size(jpeg.substr(0, length)));
  for (const std::string& other : {"GIF89a\1\0\1\0"s, "\xff\xd8\xff\xd9\xff\xc0\0\x11\x08\0\x07\x01\x02"s,
                                   "\xff\xd8\xff\xe0\0\1\xff\xc0\0\x11\x08\0\x07\x01\x02"s, "\xff\xd8zz"s})
    EXPECT_FALSE(picture_size(other));
}

}  // namespace
}  // namespace entente::local
