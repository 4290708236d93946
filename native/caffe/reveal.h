// A private member of a class of Caffe, where there is no other way to what it knows. The argument of an explicit
// instantiation may name a private member: the one legal way in. Used as
//
//   struct Tag { using Member = T Class::*; friend Member Get(Tag); };
//   template struct Reveal<Tag, &Class::member_>;
//   object.*Get(Tag())
#pragma once

namespace tscaffe {

template <class Tag, typename Tag::Member member>
struct Reveal {
  friend typename Tag::Member Get(Tag) { return member; }
};

}  // namespace tscaffe
