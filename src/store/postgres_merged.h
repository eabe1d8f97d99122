#pragma once

#include "store/commit.h"
#include "store/postgres.h"
#include "store/postgres_arrays.h"
#include "store/postgres_budgets.h"

namespace weft::store {

/// The statement that writes many common steps at once, and its parameters. Its rows are the
/// numbers, from 1, of the steps that it has written.
class MergedSteps {
public:
    explicit MergedSteps(std::int64_t node) : node_(node) {}

    /// `taken`: of a step that counts against budgets.
    void add(const PackedStep& packed, const std::optional<BudgetSlices::Taken>& taken, Instant now,
             IdMinter& minter);
    static const Sql& sql();
    std::vector<PostgresConnection::Parameter> parameters() const;

private:
    using Arrays = std::vector<PostgresArray>;
    /// One for each letter: i for int8, t for text, b for bytea.
    static Arrays arrays(std::string_view letters);
    void add_row(const JournalRow& row, std::int64_t seq, const std::optional<Packed>& packed);
    void add_charge(const LedgerRow& charge, const Id<struct ChargeTag>& id);
    std::int64_t number_of(const BudgetSlices::Taken& taken);

    const std::int64_t node_;
    Arrays steps_ = arrays("bbiiiiiiiii");
    Arrays rows_ = arrays("iiiitb");
    Arrays charges_ = arrays("ibbttiiii");
    Arrays blobs_ = arrays("ibib");
    Arrays budgets_ = arrays("iii");
    Arrays revisions_ = arrays("bi");
    Arrays slices_ = arrays("ibbiiii");
    std::int64_t count_ = 0; ///< of steps
    std::map<std::pair<OrganizationId, std::vector<BudgetSlices::Slice*>>, std::int64_t> numbers_;
};

} // namespace weft::store
