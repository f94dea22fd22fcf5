using System.ComponentModel.DataAnnotations;
using Headrace.Worker;

// A worker that a pool of `headrace up` starts and stops: see headrace.json in this folder, and docs/pools.md.
var threshold = double.Parse(Environment.GetEnvironmentVariable("SCORE_THRESHOLD") ?? "0.5");
var app = HeadraceWorker.Create(args);
app.MapMethod(
    "score",
    ([Range(0, 1e9)] double income, [Range(0, 1e9)] double debt) =>
    {
        var probability = 1 / (1 + Math.Exp(2 - 3 * debt / (income + 1)));
        return new { Probability = Math.Round(probability, 3), Accepted = probability < threshold };
    }
);
return await app.RunAsync();
