#include "connectors/limited.h"

namespace weft::connectors {

namespace {

class Limited final : public Connector {
public:
    Limited(std::unique_ptr<Connector> inner, models::GatesOf gates)
        : inner_(std::move(inner)), gates_(std::move(gates)) {}

    std::string_view category() const override { return inner_->category(); }
    std::string_view display_name() const override { return inner_->display_name(); }
    std::string_view description() const override { return inner_->description(); }
    const std::vector<Action>& actions() const override { return inner_->actions(); }
    Result<Awaited> wait_for(std::string_view sort, const json::object& input) const override {
        return inner_->wait_for(sort, input);
    }
    std::vector<FormField> form() const override { return inner_->form(); }
    std::vector<std::string> auth() const override { return inner_->auth(); }
    Result<Setup> set_up(const json::object& config, const Setup& before) const override {
        return inner_->set_up(config, before);
    }
    bool takes_custom_actions() const override { return inner_->takes_custom_actions(); }
    json::value shown(std::string_view sort, const json::value& output) const override {
        return inner_->shown(sort, output);
    }

    Task<Result<json::value>> run(ActionCall call) override {
        const std::vector<std::string> names{std::string(category()), call.account.id.hex()};
        auto gates = CO_TRY(gates_(call.scope, names));
        if (gates.empty()) co_return co_await inner_->run(std::move(call));
        const auto pass = co_await models::enter(std::move(gates), call.effect_key);
        if (!pass) co_return std::unexpected(pass.error());
        co_return co_await inner_->run(std::move(call));
    }

private:
    const std::unique_ptr<Connector> inner_;
    const models::GatesOf gates_;
};

} // namespace

std::unique_ptr<Connector> make_limited(std::unique_ptr<Connector> inner, models::GatesOf gates) {
    return std::make_unique<Limited>(std::move(inner), std::move(gates));
}

} // namespace weft::connectors
