#include "svg_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "base/svg_page.h"
#include "base/text_width.h"

namespace rehearse {
namespace {

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;

  [[nodiscard]] bool meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  [[nodiscard]] bool holds(const Box& other) const {
    return left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom;
  }
};

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string words;

  [[nodiscard]] double number(const std::string& key) const {
    return std::stod(attributes.at(key));
  }
};

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string unescaped(std::string text) {
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  return text;
}

Element parsed(const std::string& tag) {
  Element element;
  std::size_t at = tag.find_first_of(" >/");
  element.name = tag.substr(0, at);
  for (;;) {
    at = tag.find_first_not_of(' ', at);
    const std::size_t equals = tag.find("=\"", at);
    if (at == std::string::npos || equals == std::string::npos) break;
    const std::size_t end = tag.find('"', equals + 2);
    if (end == std::string::npos) throw std::runtime_error("attribute without end: " + tag);
    element.attributes[tag.substr(at, equals - at)] = tag.substr(equals + 2, end - equals - 2);
    at = end + 1;
  }
  return element;
}

std::vector<Element> elements_of(const std::string& svg) {
  std::vector<Element> elements;
  std::size_t at = 0;
  while ((at = svg.find('<', at)) != std::string::npos) {
    const std::size_t end = svg.find('>', at);
    if (end == std::string::npos) throw std::runtime_error("tag without end");
    if (svg[at + 1] != '/') {
      Element element = parsed(svg.substr(at + 1, end - at - 1));
      if (element.name == "text") {
        const std::size_t close = svg.find("</text>", end);
        if (close == std::string::npos) throw std::runtime_error("text without end");
        element.words = unescaped(svg.substr(end + 1, close - end - 1));
      }
      elements.push_back(std::move(element));
    }
    at = end + 1;
  }
  return elements;
}

Box box_of_text(const Element& text) {
  const double size = text.number("font-size");
  const double width = text_width(text.words, size);
  const std::string& anchor = text.attributes.at("text-anchor");
  const double x = text.number("x");
  const double left = anchor == "start" ? x : anchor == "end" ? x - width : x - width / 2;
  const double y = text.number("y");
  return {left, y - 0.72 * size, left + width, y + 0.2 * size};
}

std::vector<Point> points_of(const Element& element) {
  std::string list = element.attributes.at("points");
  std::replace(list.begin(), list.end(), ',', ' ');
  std::istringstream numbers(list);
  std::vector<Point> points;
  for (Point point; numbers >> point.x >> point.y;) points.push_back(point);
  return points;
}

// The part of a segment inside a box is not empty (Liang, Barsky, "A new concept and method for
// line clipping", ACM TOG 3(1), 1984).
bool meets(const Box& box, Point a, Point b) {
  double first = 0, last = 1;
  const auto clip = [&](double start, double way, double least, double most) {
    if (way == 0) return least < start && start < most;
    const double in = ((way > 0 ? least : most) - start) / way;
    const double out = ((way > 0 ? most : least) - start) / way;
    first = std::max(first, in);
    last = std::min(last, out);
    return first < last;
  };
  return clip(a.x, b.x - a.x, box.left, box.right) && clip(a.y, b.y - a.y, box.top, box.bottom);
}

// Lines of an element, for words to lie on.
std::vector<std::pair<Point, Point>> lines_of(const Element& element) {
  std::vector<std::pair<Point, Point>> lines;
  if (element.name == "line") {
    lines.push_back({{element.number("x1"), element.number("y1")},
                     {element.number("x2"), element.number("y2")}});
  } else if (element.name == "polyline" || element.name == "polygon") {
    const std::vector<Point> points = points_of(element);
    for (std::size_t i = 1; i < points.size(); ++i) lines.push_back({points[i - 1], points[i]});
    if (element.name == "polygon") lines.push_back({points.back(), points.front()});
  }
  return lines;
}

struct Area {
  Box box;           // around it
  bool holds_words;  // all of them
  bool meets_words;
};

// Of boxes and circles.
std::optional<Area> area_of(const Element& element, const Box& words) {
  if (element.name == "rect" && element.attributes.contains("x")) {
    const double x = element.number("x");
    const double y = element.number("y");
    const Box box{x, y, x + element.number("width"), y + element.number("height")};
    return Area{box, box.holds(words), box.meets(words)};
  }
  if (element.name != "circle") return {};
  const double x = element.number("cx");
  const double y = element.number("cy");
  const double r = element.number("r");
  const auto inside = [&](double px, double py) { return std::hypot(px - x, py - y) <= r; };
  const bool holds = inside(words.left, words.top) && inside(words.right, words.top) &&
                     inside(words.left, words.bottom) && inside(words.right, words.bottom);
  const bool meets =
      inside(std::clamp(x, words.left, words.right), std::clamp(y, words.top, words.bottom));
  return Area{{x - r, y - r, x + r, y + r}, holds, meets};
}

bool is_opaque(const Element& element) {
  return element.attributes.contains("fill") && element.attributes.at("fill") != "none" &&
         !element.attributes.contains("fill-opacity");
}

class Checker {
 public:
  explicit Checker(const std::string& svg) : elements_(elements_of(svg)) {
    if (elements_.empty() || elements_.front().name != "svg") throw std::runtime_error("no SVG");
    page_ = {0, 0, elements_.front().number("width"), elements_.front().number("height")};
  }

  std::vector<std::string> faults() {
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (elements_[i].name == "text") check(i);
    }
    return faults_;
  }

 private:
  void check(std::size_t i) {
    const Element& text = elements_[i];
    const Box box = box_of_text(text);
    if (!page_.holds(box)) faults_.push_back("'" + text.words + "' goes beyond the page");
    for (const auto& [words, other] : boxes_) {
      if (box.meets(other)) faults_.push_back("'" + text.words + "' lies on '" + words + "'");
    }
    boxes_.emplace_back(text.words, box);
    // The last area under all of the words hides what is below it.
    std::size_t hidden = 0;
    for (std::size_t j = 0; j < i; ++j) {
      const auto area = area_of(elements_[j], box);
      if (area && area->holds_words && is_opaque(elements_[j])) hidden = j;
    }
    for (std::size_t j = hidden; j < elements_.size(); ++j) check_against(text.words, box, j);
  }

  void check_against(const std::string& words, const Box& box, std::size_t j) {
    for (const auto& [a, b] : lines_of(elements_[j])) {
      if (!meets(box, a, b)) continue;
      faults_.push_back("'" + words + "' is crossed by a " + elements_[j].name);
      return;
    }
    const auto area = area_of(elements_[j], box);
    if (area && area->meets_words && !area->holds_words) {
      faults_.push_back("'" + words + "' lies across the edge of a " + elements_[j].name);
    }
  }

  std::vector<Element> elements_;
  Box page_;
  std::vector<std::pair<std::string, Box>> boxes_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> unreadable_words(const std::string& svg) { return Checker(svg).faults(); }

std::vector<std::string> words_of(const std::string& svg) {
  std::vector<std::string> words;
  for (const Element& element : elements_of(svg)) {
    if (element.name == "text") words.push_back(element.words);
  }
  return words;
}

}  // namespace rehearse
