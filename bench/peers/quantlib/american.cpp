// Problem 1b.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/methods/lattices/binomialtree.hpp>
#include <ql/pricingengines/vanilla/binomialengine.hpp>
#include <ql/pricingengines/vanilla/fdblackscholesvanillaengine.hpp>
#include <ql/pricingengines/vanilla/qdfpamericanengine.hpp>
#include <ql/pricingengines/vanilla/qdplusamericanengine.hpp>

using namespace QuantLib;

namespace {

// Makes the engine's virtual function public, so that it can be called without an instrument.
struct BarePut : QdFpAmericanEngine {
    using QdFpAmericanEngine::calculatePut;
    using QdFpAmericanEngine::QdFpAmericanEngine;
};

using Scheme = ext::shared_ptr<QdFpIterationScheme>;

void addScheme(Candidates& all, const market::Set& s, const std::string& name, std::function<Scheme()> scheme) {
    for (auto equation : {QdFpAmericanEngine::FP_A, QdFpAmericanEngine::FP_B}) {
        const std::string work = name + (equation == QdFpAmericanEngine::FP_A ? " FP-A" : " FP-B");
        all.push_back({std::string("1b-") + s.name, "instrument", "QdFpAmericanEngine", work,
                       [=]() -> std::function<void(std::vector<double>&)> {
                           auto m = std::make_shared<market::BlackScholes>(s.r, s.sigma);
                           auto option = std::make_shared<VanillaOption>(
                               ext::make_shared<PlainVanillaPayoff>(Option::Put, 100.0),
                               ext::make_shared<AmericanExercise>(market::today(), market::after(s.T)));
                           option->setPricingEngine(
                               ext::make_shared<QdFpAmericanEngine>(m->process, scheme(), equation));
                           return [=](std::vector<double>& values) {
                               for (Size i = 0; i < s.spots.size(); ++i) {
                                   m->spot->setValue(s.spots[i]);
                                   values[i] = option->NPV();
                               }
                           };
                       }});
        all.push_back({std::string("1b-") + s.name, "bare", "QdFpAmericanEngine::calculatePut", work,
                       [=]() -> std::function<void(std::vector<double>&)> {
                           auto m = std::make_shared<market::BlackScholes>(s.r, s.sigma);
                           auto engine = std::make_shared<BarePut>(m->process, scheme(), equation);
                           return [=](std::vector<double>& values) {
                               for (Size i = 0; i < s.spots.size(); ++i)
                                   values[i] = engine->calculatePut(s.spots[i], 100, s.r, 0, s.sigma, s.T);
                           };
                       }});
    }
}

void addEngine(Candidates& all, const market::Set& s, const std::string& engine, const std::string& work,
               std::function<ext::shared_ptr<PricingEngine>(const market::BlackScholes&)> make) {
    all.push_back(
        {std::string("1b-") + s.name, "instrument", engine, work, [=]() -> std::function<void(std::vector<double>&)> {
             auto m = std::make_shared<market::BlackScholes>(s.r, s.sigma);
             auto option = std::make_shared<VanillaOption>(
                 ext::make_shared<PlainVanillaPayoff>(Option::Put, 100.0),
                 ext::make_shared<AmericanExercise>(market::today(), market::after(s.T)));
             option->setPricingEngine(make(*m));
             return [=](std::vector<double>& values) {
                 for (Size i = 0; i < s.spots.size(); ++i) {
                     m->spot->setValue(s.spots[i]);
                     values[i] = option->NPV();
                 }
             };
         }});
}

}  // namespace

void addAmerican(Candidates& all) {
    for (const auto& s : market::sets()) {
        addScheme(all, s, "fastScheme (7,2,7,27)", [] { return QdFpAmericanEngine::fastScheme(); });
        addScheme(all, s, "accurateScheme", [] { return QdFpAmericanEngine::accurateScheme(); });
        for (Size l : {3, 4, 5, 7})
            for (Size m : {1, 2})
                for (Size n : {3, 4, 5, 7})
                    for (Size p : {8, 12, 16})
                        addScheme(all, s,
                                  "(" + std::to_string(l) + "," + std::to_string(m) + "," + std::to_string(n) + "," +
                                      std::to_string(p) + ")",
                                  [=] { return Scheme(ext::make_shared<QdFpLegendreScheme>(l, m, n, p)); });
        addEngine(all, s, "QdPlusAmericanEngine", "-",
                  [](const market::BlackScholes& m) { return ext::make_shared<QdPlusAmericanEngine>(m.process); });
        for (Size x : {200, 400, 600})
            addEngine(all, s, "FdBlackScholesVanillaEngine", std::to_string(x) + "x" + std::to_string(2 * x),
                      [x](const market::BlackScholes& m) {
                          return ext::make_shared<FdBlackScholesVanillaEngine>(m.process, 2 * x, x, 0);
                      });
        for (Size n : {401, 801, 1201})
            addEngine(all, s, "BinomialVanillaEngine<LeisenReimer>", std::to_string(n),
                      [n](const market::BlackScholes& m) {
                          return ext::make_shared<BinomialVanillaEngine<LeisenReimer>>(m.process, n);
                      });
    }
}
