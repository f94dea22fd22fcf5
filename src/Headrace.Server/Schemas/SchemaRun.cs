using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headrace.Protocol.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// One validation of a value: the current position, the errors found so far, and the number of remaining steps. The
/// number of steps limits the time. A value that needs more steps is rejected.
/// </summary>
internal sealed class SchemaRun
{
    public const string TooManySteps =
        "needs too many steps to be validated against the schema; use fewer or smaller values";

    private const int MaxErrors = 20;

    /// <summary>
    /// The number of steps allowed for any value, and the number of additional steps per byte of the value. A step
    /// takes about 50 ns, so the largest params (1 MB) take at most half a second. A schema with 20 rules per item
    /// needs two steps per byte.
    /// </summary>
    private const int MinSteps = 200_000;

    private const int StepsPerByte = 10;

    /// <summary>
    /// Maximum recursion depth. Values have at most 32 levels, and at each level, parts of the schema can refer to each
    /// other. A level of recursion uses less than 1 KB of stack.
    /// </summary>
    private const int MaxDepth = 700;

    private readonly List<FaultReply> _faults = [];
    private readonly List<(string? Name, int Index)> _path = [];
    private long _steps;
    private TimeSpan _matching;
    private int _depth;
    private int _faultCount;

    /// <summary>
    /// Whether the run only determines if a value matches a subschema. The first error then ends the check, and no
    /// messages are created.
    /// </summary>
    private bool _isProbing;

    public SchemaRun(int bytes) => _steps = MinSteps + ((long)bytes * StepsPerByte);

    /// <summary>Whether the result is already known, in which case a rule can stop.</summary>
    public bool IsDecided => _isProbing && _faultCount > 0;

    public IReadOnlyList<FaultReply> Validate(SchemaNode root, JsonElement value)
    {
        try
        {
            Apply(root, value);
        }
        catch (StepsExhaustedException)
        {
            return [new FaultReply("$", TooManySteps)];
        }
        catch (RegexMatchTimeoutException slow)
        {
            return
            [
                new FaultReply(
                    Path(),
                    $"takes longer than {SchemaPattern.Timeout.TotalMilliseconds} ms to match the pattern "
                        + $"{SchemaText.Clip(slow.Pattern)}, so it is rejected"
                ),
            ];
        }
        if (_faultCount > _faults.Count)
            _faults.Add(new FaultReply("$", $"has {_faultCount - _faults.Count} more errors"));
        return _faults;
    }

    /// <summary>Validates a value against a subschema.</summary>
    public void Apply(SchemaNode node, JsonElement value)
    {
        Spend(1);
        if (node.Always is { } always)
        {
            if (!always)
                Report("is not allowed");
            return;
        }
        // If the value has the wrong type, further errors are meaningless.
        if (!node.Allows(value))
        {
            Expect(
                value,
                node.Types is [var only]
                    ? only.Description
                    : $"one of the types {string.Join(", ", node.Types.Select(type => type.Name))}"
            );
            return;
        }
        if (++_depth > MaxDepth)
            throw new StepsExhaustedException();
        foreach (var rule in node.Rules)
        {
            Spend(1);
            rule.Check(value, this);
            if (IsDecided)
                break;
        }
        _depth--;
    }

    public void ApplyMember(SchemaNode node, string name, JsonElement value)
    {
        _path.Add((name, 0));
        Apply(node, value);
        _path.RemoveAt(_path.Count - 1);
    }

    public void ApplyItem(SchemaNode node, int index, JsonElement value)
    {
        _path.Add((null, index));
        Apply(node, value);
        _path.RemoveAt(_path.Count - 1);
    }

    /// <summary>Determines whether a value matches a subschema, without reporting why it does not.</summary>
    public bool Fits(SchemaNode node, JsonElement value)
    {
        var (probing, count, depth) = (_isProbing, _faultCount, _depth);
        (_isProbing, _faultCount) = (true, 0);
        Apply(node, value);
        var fits = _faultCount == 0;
        (_isProbing, _faultCount, _depth) = (probing, count, depth);
        return fits;
    }

    /// <summary>
    /// Matches a pattern. The time limit applies to all matches of a run together, because a value can contain
    /// thousands of strings that each take almost as long as the limit allows.
    /// </summary>
    public bool Matches(SchemaPattern pattern, string text)
    {
        Spend(1 + (text.Length / 16));
        var start = TimeProvider.System.GetTimestamp();
        var matches = pattern.IsMatch(text);
        _matching += TimeProvider.System.GetElapsedTime(start);
        return _matching <= SchemaPattern.Timeout
            ? matches
            : throw new RegexMatchTimeoutException(text, pattern.Text, SchemaPattern.Timeout);
    }

    public bool AreEqual(JsonElement left, JsonElement right)
    {
        Spend(1);
        if (left.ValueKind != right.ValueKind)
            return false;
        Spend(Math.Min(Length(left), Length(right)) / 16);
        return JsonElement.DeepEquals(left, right);

        static int Length(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).Length;
    }

    /// <summary>
    /// Determines whether an object has a member. The search takes time proportional to the number of members.
    /// </summary>
    public bool HasMember(JsonElement value, string name)
    {
        Spend(1 + (value.GetPropertyCount() / 8));
        return value.TryGetProperty(name, out _);
    }

    /// <summary>Deducts steps from the budget, and ends the run if none are left.</summary>
    public void Spend(long steps)
    {
        if ((_steps -= steps) < 0)
            throw new StepsExhaustedException();
    }

    /// <summary>Reports the requirement that the value must meet, and quotes the actual value.</summary>
    public void Expect(JsonElement value, string what)
    {
        if (WantsMessage())
            Add(Path(), $"is {SchemaText.Quote(value)}; it must be {what}");
    }

    /// <summary>Reports an error in the current value.</summary>
    public void Report(string message)
    {
        if (WantsMessage())
            Add(Path(), message);
    }

    /// <summary>Reports an error in a member of the current value.</summary>
    public void ReportMember(string name, string message)
    {
        if (WantsMessage())
            Add($"{Path()}.{SchemaText.Clip(name)}", message);
    }

    private bool WantsMessage()
    {
        _faultCount++;
        return !_isProbing && _faults.Count < MaxErrors;
    }

    private void Add(string path, string message) => _faults.Add(new FaultReply(path, message));

    private string Path()
    {
        var text = new StringBuilder("$");
        foreach (var (name, index) in _path)
            if (name is null)
                text.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else
                text.Append('.').Append(SchemaText.Clip(name));
        return text.ToString();
    }

    /// <summary>Thrown to end a run that has no steps left. The exception never leaves this class.</summary>
#pragma warning disable CA1032, RCS1194 // Not thrown by other code.
    private sealed class StepsExhaustedException : Exception;
#pragma warning restore CA1032, RCS1194
}
