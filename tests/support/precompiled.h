#pragma once

// Precompiled once for all tests, without the optimizer: what the product's files need and what
// tests are written with.
#include "base/precompiled.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
