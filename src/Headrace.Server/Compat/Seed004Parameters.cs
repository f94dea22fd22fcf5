using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Compat;

/// <summary>
/// The parameters that a client of seed system 004 may set. Parameters that are not set have the benchmark's values.
/// The pricing methods check the ranges, which differ between problems.
/// </summary>
internal sealed record Seed004Parameters
{
    private const int MaxSpots = 100;
    private const int MaxLabelLength = 64;

    /// <summary>The barrier of the seed system, as a multiple of the strike.</summary>
    private const double BarrierFactor = 1.25;

    public static readonly IReadOnlyList<ParameterDescription> Query =
    [
        ParameterDescription.Query("S", "The spots, separated by commas, such as 90,100,110"),
        ParameterDescription.Query("K", "The strike, such as 100"),
        ParameterDescription.Query("T", "The time to maturity in years, such as 1.0"),
        ParameterDescription.Query("r", "The rate per year, such as 0.03"),
        ParameterDescription.Query("sig", "The volatility, such as 0.15"),
    ];

    /// <summary>A label. The same parameters with a different label are measured again.</summary>
    public static readonly ParameterDescription Run = ParameterDescription.Query(
        "run",
        "A label of your choice. A repeated request returns the stored measurement; another label measures again"
    );

    public IReadOnlyList<double>? Spots { get; private init; }

    public double? Strike { get; private init; }

    public double? Maturity { get; private init; }

    public double? Rate { get; private init; }

    public double? Volatility { get; private init; }

    public string Label { get; private init; } = "";

    /// <summary>
    /// Reads the query string of a request. Parameters that the route does not describe have already been rejected.
    /// </summary>
    public static Result<Seed004Parameters> Read(IQueryCollection query)
    {
        var label = query["run"].ToString();
        if (label.Length > MaxLabelLength)
            return Problem.BadRequest($"run has {label.Length} characters; the limit is {MaxLabelLength}.");
        IReadOnlyList<double>? spots = null;
        if (query.ContainsKey("S"))
        {
            var text = query["S"].ToString();
            if (!Seed004Number.TryReadList(text, MaxSpots, out var list))
                return Problem.BadRequest(
                    $"S={QuotedText.Clip(text)} is not valid. Use 1 to {MaxSpots} numbers, separated by commas, for "
                        + "example S=90,100,110."
                );
            spots = list;
        }
        var numbers = new Dictionary<string, double?>();
        foreach (var name in (string[])["K", "T", "r", "sig"])
        {
            var given = query[name].ToString();
            if (!query.ContainsKey(name))
                numbers[name] = null;
            else if (NumberText.TryParse(given, out var number))
                numbers[name] = number;
            else
                return Problem.BadRequest(
                    $"{name}={QuotedText.Clip(given)} is not valid. Use a number, for example {name}="
                        + $"{(name is "r" or "sig" ? "0.1" : "1")}."
                );
        }
        return new Seed004Parameters
        {
            Spots = spots,
            Strike = numbers["K"],
            Maturity = numbers["T"],
            Rate = numbers["r"],
            Volatility = numbers["sig"],
            Label = label,
        };
    }

    /// <summary>
    /// Returns the parameters, all of which are set. A ranking with reference values from the client requires this.
    /// </summary>
    public static Seed004Parameters Of(
        IReadOnlyList<double> spots,
        double strike,
        double maturity,
        double rate,
        double volatility
    ) =>
        new()
        {
            Spots = spots,
            Strike = strike,
            Maturity = maturity,
            Rate = rate,
            Volatility = volatility,
        };

    /// <summary>Returns the params of a job that describes the problem.</summary>
    public byte[] ToAsk(Seed004Problem problem) => Params(problem, measure: false);

    /// <summary>
    /// Returns the params of a job that measures the problem in the same way as the published codes: with four calls,
    /// the first of which is discarded.
    /// </summary>
    public byte[] ToMeasure(Seed004Problem problem) => Params(problem, measure: true);

    private byte[] Params(Seed004Problem problem, bool measure)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("problem", problem.Id);
            WriteSettings(json, problem);
            if (measure)
            {
                json.WriteString("task", "measure");
                json.WriteString("protocol", "paper");
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Writes the member <c>settings</c>. Writes nothing if no parameter is set.</summary>
    private void WriteSettings(Utf8JsonWriter json, Seed004Problem problem)
    {
        if (Spots is null && (Strike ?? Maturity ?? Rate ?? Volatility) is null)
            return;
        json.WriteStartObject("settings");
        if (Spots is not null)
        {
            json.WriteStartArray("S");
            foreach (var spot in Spots)
                json.WriteNumberValue(spot);
            json.WriteEndArray();
        }
        Write("K", Strike);
        Write("T", Maturity);
        Write("r", Rate);
        Write("sigma", Volatility);
        Write("B", problem.HasBarrier ? BarrierFactor * Strike : null);
        json.WriteEndObject();

        void Write(string name, double? value)
        {
            if (value is { } number)
                json.WriteNumber(name, number);
        }
    }
}
