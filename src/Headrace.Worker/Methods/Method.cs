using System.Linq.Expressions;
using System.Text.Json;
using Headrace.Core;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>
/// A method that can be called: parameters in as JSON in UTF-8, result out as bytes. Made once from a delegate, called
/// from many threads.
/// </summary>
internal class Method
{
    private static readonly JsonElement NoParams = JsonElement.Parse("{}"u8);

    private readonly Parameter[] _parameters;
    private readonly Func<object?[], object?> _call;
    private readonly ResultReader.Reader? _read;

    /// <summary>An empty object fits: that such a job fits is known, and nothing is parsed.</summary>
    private readonly bool _needsNoParams;

    public Method(MethodRef name, Delegate work)
        : this(name, work, null)
    {
        _read = ResultReader.For(work.Method.ReturnType);
    }

    /// <summary>A method whose delegate makes the input of a job, not its result.</summary>
    protected Method(MethodRef name, Delegate work, Type? input)
    {
        Name = name;
        if (input is not null && !input.IsAssignableFrom(work.Method.ReturnType))
            throw new ArgumentException(
                $"What reads a job returns {work.Method.ReturnType.Name}, and the jobs are said to be of {input.Name}. Let them be the same."
            );
        var signature = work.Method.GetParameters();
        _parameters = [.. signature.Select(Parameter.Of)];
        if (_parameters.OfType<Parameter.Injected>().Count(p => p.IsBody) > 1)
            throw new ArgumentException("Two parameters take the body. Keep one of them.");
        Schema = new MethodSchema(_parameters.OfType<Parameter.FromParams>());
        CheckDefaults();
        _needsNoParams = Schema.Check(NoParams).Count == 0;
        _call = Compile(work);
    }

    /// <summary>Name and version, never version 0.</summary>
    public MethodRef Name { get; }

    public MethodSchema Schema { get; }

    /// <summary>How it takes its jobs.</summary>
    public virtual Shape Shape => Shape.Single;

    /// <summary>What runs its jobs in one worker.</summary>
    public virtual MethodRunner NewRunner(Inbox inbox, TimeProvider clock) => new SingleRunner(this, inbox, clock);

    /// <summary>
    /// Runs the method. Throws <see cref="JobRejectedException"/> naming every fault of the parameters, and whatever
    /// the method throws.
    /// </summary>
    public ValueTask<MethodResult> CallAsync(Attempt attempt) =>
        (_read ?? throw new InvalidOperationException($"{Name} ends its jobs by itself."))(Call(attempt));

    /// <summary>Binds the parameters and calls the delegate.</summary>
    protected object? Call(Attempt attempt)
    {
        object?[] arguments;
        if (_needsNoParams && (attempt.Params.IsEmpty || attempt.Params.Span.SequenceEqual("{}"u8)))
        {
            arguments = Read(new MethodCall(attempt, NoParams));
        }
        else
        {
            using var document = Parse(attempt.Params);
            if (Schema.Check(document.RootElement) is { Count: > 0 } faults)
                throw Rejected(faults);
            arguments = Read(new MethodCall(attempt, document.RootElement));
        }
        return _call(arguments);
    }

    private object?[] Read(in MethodCall call)
    {
        var arguments = new object?[_parameters.Length];
        List<Fault>? faults = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            try
            {
                arguments[i] = _parameters[i].Read(call);
            }
            catch (UnreadableParameterException unreadable)
            {
                (faults ??= []).Add(unreadable.Fault);
            }
        }
        return faults is null ? arguments : throw Rejected(faults);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> parameters)
    {
        try
        {
            return JsonDocument.Parse(parameters.Length == 0 ? "{}"u8.ToArray() : parameters, MethodJson.Reading);
        }
        catch (JsonException malformed)
        {
            throw new JobRejectedException($"The params are not JSON: {malformed.Message}", malformed);
        }
    }

    private JobRejectedException Rejected(IReadOnlyList<Fault> faults) =>
        new($"The params do not fit {Name}: {string.Join("; ", faults)}.");

    private void CheckDefaults()
    {
        foreach (var parameter in _parameters.OfType<Parameter.FromParams>())
            if (
                parameter.HasDefault
                && Schema.CheckParameter(parameter.Name, JsonSerializer.SerializeToElement(parameter.Schema["default"]))
                    is [var fault, ..]
            )
                throw new ArgumentException($"The default of a parameter is outside its own bounds: {fault}.");
    }

    /// <summary>
    /// Calls the delegate without <c>DynamicInvoke</c>, which would wrap every exception and look the target up each
    /// time.
    /// </summary>
    private static Func<object?[], object?> Compile(Delegate work)
    {
        var arguments = Expression.Parameter(typeof(object?[]), "arguments");
        var types = work.GetType().GetMethod("Invoke")!.GetParameters();
        var call = Expression.Invoke(
            Expression.Constant(work),
            types.Select(
                (p, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), p.ParameterType)
            )
        );
        Expression body =
            call.Type == typeof(void)
                ? Expression.Block(call, Expression.Constant(null))
                : Expression.Convert(call, typeof(object));
        return Expression.Lambda<Func<object?[], object?>>(body, arguments).Compile();
    }
}
