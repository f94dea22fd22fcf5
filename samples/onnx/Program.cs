// Trains a model with ML.NET and writes it in the ONNX format: dotnet run -c Release --project samples/onnx --
// risk.onnx
// It predicts the probability that a borrower does not repay a loan.
using Microsoft.ML;

if (args is not [var path])
{
    Console.Error.WriteLine("usage: TrainModel FILE.onnx");
    return 2;
}

var ml = new MLContext(seed: 1);
var loans = ml.Data.LoadFromEnumerable(Loans.Generate(2_000));
var pipeline = ml
    .Transforms.Concatenate("Features", nameof(Loan.Income), nameof(Loan.Debt), nameof(Loan.Age))
    .Append(ml.Transforms.NormalizeMinMax("Features"))
    .Append(
        ml.BinaryClassification.Trainers.LbfgsLogisticRegression(
            new() { LabelColumnName = nameof(Loan.Defaulted), NumberOfThreads = 1 }
        )
    );
var model = pipeline.Fit(loans);

await using (var file = File.Create(path))
    // The inputs of the model are the columns of an applicant, which have no label.
    ml.Model.ConvertToOnnx(model, ml.Data.LoadFromEnumerable<Applicant>([]), file);

// ML.NET's own prediction, for comparison.
var engine = ml.Model.CreatePredictionEngine<Applicant, Prediction>(model);
var prediction = engine.Predict(
    new Applicant
    {
        Income = 3_000,
        Debt = 900,
        Age = 40,
    }
);
Console.WriteLine(FormattableString.Invariant($"{prediction.Probability:F4}"));
return 0;

/// <summary>The known facts about a loan applicant.</summary>
internal class Applicant
{
    public float Income { get; set; }
    public float Debt { get; set; }
    public float Age { get; set; }
}

/// <summary>A past loan, with its outcome.</summary>
internal sealed class Loan : Applicant
{
    public bool Defaulted { get; set; }
}

internal sealed class Prediction
{
    public float Probability { get; set; }
}

internal static class Loans
{
    /// <summary>Generates loans. The higher the debt in proportion to the income, the more loans default.</summary>
    public static IEnumerable<Loan> Generate(int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var loan = new Loan
            {
                Income = 1_000 + (9_000 * random.NextSingle()),
                Debt = 3_000 * random.NextSingle(),
                Age = 18 + (60 * random.NextSingle()),
            };
            var risk = loan.Debt / loan.Income + (0.5f * random.NextSingle());
            loan.Defaulted = risk > 0.9f;
            yield return loan;
        }
    }
}
