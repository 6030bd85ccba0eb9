// long.cs: what dotnet_long.sh runs: little code that runs often, in code that Mono has made.
using System;

static class Long
{
    static double Matrix(int n)
    {
        var a = new double[n, n]; var b = new double[n, n]; var c = new double[n, n];
        for (int i = 0; i < n; i++) for (int k = 0; k < n; k++) { a[i, k] = i + k * 0.5; b[i, k] = i - k * 0.25; }
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n; k++)
            {
                double sum = 0;
                for (int j = 0; j < n; j++) sum += a[i, j] * b[j, k];
                c[i, k] = sum;
            }
        return c[n / 2, n / 3];
    }

    class Node { public Node Left, Right; public int Value; }
    static Node Tree(int depth, int value) { return depth == 0 ? null : new Node { Left = Tree(depth - 1, 2 * value), Right = Tree(depth - 1, 2 * value + 1), Value = value & 7 }; }
    static int Sum(Node n) { return n == null ? 0 : n.Value + Sum(n.Left) + Sum(n.Right); }

    static uint Mix(int rounds)
    {
        uint x = 123456789, sum = 0; ulong wide = 88172645463325252;
        for (int i = 0; i < rounds; i++)
        {
            x ^= x << 13; x ^= x >> 17; x ^= x << 5;
            wide ^= wide << 13; wide ^= wide >> 7; wide ^= wide << 17;
            sum += x % 1000 + (uint)(wide / 1000003 & 0xFF);
        }
        return sum;
    }

    static int Sort(int n)
    {
        var list = new int[n]; uint x = 1;
        for (int i = 0; i < n; i++) { x = x * 1664525 + 1013904223; list[i] = (int)(x >> 8); }
        Array.Sort(list);
        int sum = 0;
        for (int i = 0; i < n; i += 1000) sum ^= list[i];
        return sum;
    }

    static int Text(int n)
    {
        int sum = 0;
        for (int i = 0; i < n; i++) { string s = i.ToString() + ":" + (i * 31).ToString("X"); sum += s.IndexOf('F') + s.Length + s.Substring(1).GetHashCode() % 1; }
        return sum;
    }

    static void Main()
    {
        Console.WriteLine("matrix " + Matrix(160).ToString("F6"));
        int total = 0;
        for (int i = 0; i < 12; i++) total += Sum(Tree(15, 1));
        Console.WriteLine("trees " + total);
        Console.WriteLine("mix " + Mix(4000000));
        Console.WriteLine("sort " + Sort(400000));
        Console.WriteLine("text " + Text(100000));
    }
}
