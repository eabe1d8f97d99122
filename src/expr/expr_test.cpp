#include "expr/expr.h"
#include <gtest/gtest.h>
TEST(Expr, x) { EXPECT_EQ(*weft::expr::Template::compile("a{{ 1 }}")->render({}), "a1"); }
