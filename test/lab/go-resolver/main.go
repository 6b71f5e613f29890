// Looks a name up as the agent does, by Go's pure resolver, and prints each different outcome of the rounds as JSON:
// the addresses in order, "not found" or "failed". Usage: go-resolver HOST ROUNDS
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

func outcome(host string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	addresses, err := (&net.Resolver{PreferGo: true}).LookupHost(ctx, host)
	var problem *net.DNSError
	if errors.As(err, &problem) && problem.IsNotFound {
		return "not found"
	}
	if err != nil {
		return "failed"
	}
	sort.Strings(addresses)
	return strings.Join(addresses, " ")
}

func main() {
	rounds, _ := strconv.Atoi(os.Args[2])
	seen := map[string]bool{}
	for ; rounds > 0; rounds-- {
		seen[outcome(os.Args[1])] = true
	}
	outcomes := []string{}
	for one := range seen {
		outcomes = append(outcomes, one)
	}
	sort.Strings(outcomes)
	json.NewEncoder(os.Stdout).Encode(outcomes)
}
