using System.Globalization;

namespace Headrace.Bench.Chaos;

/// <summary>
/// One acknowledgement: the job's number in the load, the time, the job id, and the expected result in hexadecimal.
/// </summary>
internal sealed record Acknowledgement(long Number, long At, long Id, bool Repeated, string Expected);

/// <summary>The content of the ledger after the load has ended.</summary>
internal sealed record LedgerPages(
    long Submitted,
    IReadOnlyList<Acknowledgement> Acknowledged,
    IReadOnlyList<string> Refused
)
{
    public static LedgerPages Read(string path)
    {
        var (submitted, acknowledged, refused) = (0L, new List<Acknowledgement>(), new List<string>());
        foreach (var line in File.ReadLines(path))
        {
            var fields = line.Split('\t');
            switch (fields[0])
            {
                case "sending":
                    submitted++;
                    break;
                case "acknowledged":
                    acknowledged.Add(
                        new Acknowledgement(
                            Number(fields[1]),
                            Number(fields[2]),
                            Number(fields[3]),
                            fields[4] == "repeated",
                            fields[5]
                        )
                    );
                    break;
                default:
                    refused.Add(line);
                    break;
            }
        }
        return new LedgerPages(submitted, acknowledged, refused);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
